import { SnowparkError } from "../base/snowpark-error.ts";
import { type Digest, isDigest } from "./digest.ts";

/** A repository of a registry. */
export interface RepositoryAddress {
  /** `https://…` or, on this machine only, `http://…`, without a slash at the end. */
  readonly registry: string;
  /** Host and port. */
  readonly host: string;
  /** Below the host: `db/schema/repository/image`. */
  readonly path: string;
}

/** Where an image is: in a repository, by a tag or a digest. */
export interface ImageReference extends RepositoryAddress {
  readonly tag?: string;
  readonly digest?: Digest;
}

/** As the distribution specification has them. */
const pathForm =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const hostForm = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;
const localHost = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/** Docker's images are named by one host and served by another. */
const registryHosts: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/**
 * Reads `host/path`, `host/path:tag` or `host/path@sha256:…`, with or without `https://` in front. Registries of this
 * machine are spoken to without TLS, as Docker does; others only with it.
 *
 * @throws SnowparkError `invalid-configuration`.
 */
export function parseReference(text: string): ImageReference {
  const [, scheme = "", rest] = /^(https?:\/\/)?(.*)$/is.exec(text) ?? [];
  const [named = "", digest, ...more] = (rest ?? "").split("@");
  const slash = named.indexOf("/");
  const colon = named.lastIndexOf(":");
  const tag = colon > slash ? named.slice(colon + 1) : undefined;
  const host = named.slice(0, Math.max(slash, 0));
  const path = named.slice(slash + 1, tag === undefined ? undefined : colon);
  if (!hostForm.test(host)) throw wrong(text, "it has no host in front: registry.example/path");
  if (!pathForm.test(path)) {
    throw wrong(text, "a path is of lower-case letters, digits and single . _ - between them");
  }
  if (tag !== undefined && !tagForm.test(tag)) throw wrong(text, "its tag is not one");
  if (more.length > 0 || (digest !== undefined && !isDigest(digest))) {
    throw wrong(text, "its digest is not one: sha256: and 64 hexadecimal digits");
  }
  const isLocal = localHost.test(host);
  if (/^http:/i.test(scheme) && !isLocal) throw wrong(text, "registries elsewhere need https");
  const protocol = scheme === "" ? (isLocal ? "http://" : "https://") : scheme.toLowerCase();
  return {
    registry: `${protocol}${registryHosts[host.toLowerCase()] ?? host.toLowerCase()}`,
    host: host.toLowerCase(),
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference as people write it. */
export function referenceText({ host, path, tag, digest }: ImageReference): string {
  return `${host}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** @throws SnowparkError `invalid-configuration`. */
export function checkTag(tag: string): void {
  if (!tagForm.test(tag)) {
    throw wrong(
      tag,
      "a tag has 1 to 128 letters, digits, . _ and -, and begins with none of . and -",
    );
  }
}

function wrong(text: string, reason: string): SnowparkError {
  const message = `Cannot use the image name ${JSON.stringify(text)}: ${reason}`;
  return new SnowparkError("invalid-configuration", message);
}
