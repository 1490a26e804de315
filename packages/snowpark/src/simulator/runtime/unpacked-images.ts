import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../http/exchange.ts";
import type { BlobStore } from "../registry/blob-store.ts";
import { hexOf } from "../registry/digest.ts";
import { unpackLayer } from "./unpack-layer.ts";

/** How an image says that it is to be run, with the folder of its files. */
export interface UnpackedImage {
  readonly root: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** The port in the container → the variable that tells the program another one. */
  readonly portVariables: ReadonlyMap<number, string>;
}

/** What the simulator reads in an image's label to run several containers on one host. */
export const portVariablesLabel = "org.redkite.port-variables";

/** Pushed images, unpacked once each under their digest. */
export class UnpackedImages {
  readonly #folder: string;
  readonly #blobs: BlobStore;
  readonly #pending = new Map<string, Promise<UnpackedImage>>();

  constructor(folder: string, blobs: BlobStore) {
    this.#folder = folder;
    this.#blobs = blobs;
  }

  /** Removes what was unpacked of all other images, and what was not unpacked to its end. */
  async keepOnly(digests: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const isImage = /^[0-9a-f]{64}/.test(name);
      if (!isImage || digests.has(`sha256:${name}`)) continue;
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  /** Throws with the message of a failed pull for an image that is not there, not for linux/amd64 or broken. */
  open(digest: string): Promise<UnpackedImage> {
    const pending = this.#pending.get(digest) ?? this.#unpack(digest);
    this.#pending.set(digest, pending);
    // A failure is found out anew: what it lacked may have been pushed since.
    pending.catch(() => this.#pending.delete(digest));
    return pending;
  }

  async #unpack(digest: string): Promise<UnpackedImage> {
    if ((await this.#blobs.sizeOf(digest)) === undefined) {
      throw new Error(`Failed to pull image: ${digest} is not in the registry`);
    }
    const manifest = await this.#json(digest);
    if (Array.isArray(manifest["manifests"])) {
      throw new Error(
        "Failed to pull image: the tag names an index of several platforms, not an image for linux/amd64",
      );
    }
    const config = await this.#json(digestOf(manifest["config"]));
    const { os, architecture } = config;
    if (os !== "linux" || architecture !== "amd64") {
      throw new Error(
        `Failed to pull image: it is for ${os}/${architecture}, but the node is linux/amd64`,
      );
    }
    const home = join(this.#folder, hexOf(digest));
    const root = join(home, "rootfs");
    await this.#unpackLayers(manifest, home);
    return { root, ...runConfiguration(config["config"]) };
  }

  /** The mark is written last: what a process that was killed left behind is unpacked again. */
  async #unpackLayers(manifest: Record<string, unknown>, home: string): Promise<void> {
    const mark = join(home, "complete");
    if (await isThere(mark)) return;
    const unfinished = `${home}.part`;
    await rm(unfinished, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
    const root = join(unfinished, "rootfs");
    await mkdir(root, { recursive: true });
    const layers: unknown[] = Array.isArray(manifest["layers"]) ? manifest["layers"] : [];
    for (const layer of layers) await unpackLayer(this.#blobs.read(digestOf(layer)), root);
    await rename(unfinished, home);
    await writeFile(mark, "");
  }

  async #json(digest: string): Promise<Record<string, unknown>> {
    const value: unknown = JSON.parse((await this.#blobs.readBytes(digest)).toString("utf8"));
    if (!isRecord(value)) throw new Error(`Failed to pull image: ${digest} is not a JSON object`);
    return value;
  }
}

function digestOf(descriptor: unknown): string {
  const digest = isRecord(descriptor) ? descriptor["digest"] : undefined;
  if (typeof digest !== "string")
    throw new Error("Failed to pull image: a descriptor has no digest");
  return digest;
}

function runConfiguration(config: unknown): Omit<UnpackedImage, "root"> {
  const run = isRecord(config) ? config : {};
  const labels = isRecord(run["Labels"]) ? run["Labels"] : {};
  return {
    entrypoint: texts(run["Entrypoint"]),
    cmd: texts(run["Cmd"]),
    env: Object.fromEntries(texts(run["Env"]).map(splitVariable)),
    workingDir:
      typeof run["WorkingDir"] === "string" && run["WorkingDir"] !== "" ? run["WorkingDir"] : "/",
    portVariables: portVariables(labels[portVariablesLabel]),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  return equals === -1 ? [variable, ""] : [variable.slice(0, equals), variable.slice(equals + 1)];
}

function portVariables(label: unknown): ReadonlyMap<number, string> {
  if (typeof label !== "string") return new Map();
  const broken = new Error(`The image's label ${portVariablesLabel} is no {"<port>":"<variable>"}`);
  let value: unknown;
  try {
    value = JSON.parse(label);
  } catch {
    throw broken;
  }
  if (!isRecord(value)) throw broken;
  const pairs = Object.entries(value).map(([port, variable]): [number, string] => {
    if (!/^\d{1,5}$/.test(port) || typeof variable !== "string") throw broken;
    return [Number(port), variable];
  });
  return new Map(pairs);
}

async function isThere(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
