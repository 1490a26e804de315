import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import yauzl from "yauzl";
import { SnowparkError } from "../base/snowpark-error.ts";
import { folderEntries, type LayerEntry } from "../oci/layer-entry.ts";
import { throwIfCancelled } from "../oci/registry-client.ts";
import type { BuildOptions } from "./image-definition.ts";

/** A package of Python as PyPI has it, compiled for linux/amd64 where it is compiled. */
export interface Wheel {
  /** Its name in the index. */
  readonly name: string;
  readonly file: string;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Packages bring their tests along, which nobody runs in a notebook. */
const unneeded = /(?:^|\/)tests(?:\/|$)/;

/**
 * The files of wheels, to lie below `prefix`: what `pip install --target` would put there, without pip or Python. The
 * wheels come from an index of PyPI's form, or from the cache.
 *
 * @throws SnowparkError `network`, `not-found`, `image-failed` for a wheel with another digest.
 */
export async function wheelEntries(
  wheels: readonly Wheel[],
  prefix: string,
  options: BuildOptions & { readonly wheelIndex: string },
): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const wheel of wheels) {
    const folder = join(
      options.cacheFolder,
      "wheels",
      `${wheel.file}.${wheel.sha256.slice(0, 12)}`,
    );
    const isThere = await readFile(join(folder, "complete")).then(
      () => true,
      () => false,
    );
    if (!isThere) await unpackWheel(await fetchWheel(wheel, options), folder);
    entries.push(
      ...(await folderEntries(join(folder, "files"), prefix, (path) => !unneeded.test(path))),
    );
  }
  return entries;
}

async function fetchWheel(
  { name, file, sha256 }: Wheel,
  { fetch, signal, onStep, wheelIndex }: BuildOptions & { readonly wheelIndex: string },
): Promise<Buffer> {
  onStep?.(`download ${file}`);
  const get = async (address: string, accept: string): Promise<Response> => {
    let answer: Response;
    try {
      answer = await fetch(address, { headers: { Accept: accept }, ...(signal && { signal }) });
    } catch (cause) {
      throwIfCancelled(signal, cause);
      throw new SnowparkError("network", `${address} could not be reached`, { cause });
    }
    if (answer.ok) return answer;
    throw new SnowparkError("network", `${address} answered HTTP ${answer.status}`);
  };
  const list = await get(`${wheelIndex}/${name}/`, "application/vnd.pypi.simple.v1+json");
  const address = addressIn(await list.json(), file);
  if (address === undefined) {
    throw new SnowparkError("not-found", `${wheelIndex} has no file ${file} of ${name}`);
  }
  const answer = await get(new URL(address, `${wheelIndex}/${name}/`).href, "*/*");
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (createHash("sha256").update(bytes).digest("hex") === sha256) return bytes;
  throw new SnowparkError(
    "image-failed",
    `${file} of ${wheelIndex} is not the file that was expected: its digest differs`,
  );
}

function addressIn(list: unknown, file: string): string | undefined {
  const files: unknown =
    typeof list === "object" && list !== null ? Reflect.get(list, "files") : [];
  const found: unknown = Array.isArray(files)
    ? files.find((item) => Reflect.get(Object(item), "filename") === file)
    : undefined;
  const url: unknown = Reflect.get(Object(found), "url");
  return typeof url === "string" ? url : undefined;
}

/** Unpacks a wheel, which is a zip file, in a step that is done wholly or again. */
async function unpackWheel(bytes: Buffer, folder: string): Promise<void> {
  const unfinished = `${folder}.part`;
  await rm(unfinished, { recursive: true, force: true });
  // It refuses names that lead out of the folder.
  const zip = await yauzl.fromBufferPromise(bytes);
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith("/")) continue;
    const file = join(unfinished, "files", entry.fileName);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await zip.openReadStreamPromise(entry));
  }
  await writeFile(join(unfinished, "complete"), "");
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}
