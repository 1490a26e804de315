import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";
import { checkX8664, readElf } from "../oci/elf.ts";
import { fileEntry, type LayerEntry } from "../oci/layer-entry.ts";

/** Where glibc's loader looks without being told, in Debian's family and in Red Hat's. */
const libraryFolders = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib64",
  "/usr/lib64",
];

/**
 * The loader and the shared libraries that a program of this machine needs, at the places that they have here, where
 * the loader will look for them in the image too.
 *
 * @throws SnowparkError `unsupported` when this machine is not linux/amd64 with glibc.
 */
export async function sharedLibraries(program: Uint8Array, place: string): Promise<LayerEntry[]> {
  const facts = readElf(program, place);
  checkX8664(facts, place);
  if (facts.interpreter === undefined) return [];
  const files = new Map<string, string>([[facts.interpreter, facts.interpreter]]);
  const waiting = [...facts.needed];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const file = findLibrary(name, facts.interpreter);
    if (files.has(file)) continue;
    files.set(file, file);
    waiting.push(...readElf(await readFile(file), file).needed);
  }
  const paths = [...files.keys()].sort();
  return await Promise.all(paths.map((file) => fileEntry(file.slice(1), file, 0o755)));
}

function findLibrary(name: string, loader: string): string {
  // The loader is a library too, and named as one.
  if (loader.endsWith(`/${name}`)) return loader;
  const found = libraryFolders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new SnowparkError(
    "unsupported",
    `Cannot find ${name}, which Node needs, in ${libraryFolders.join(", ")}`,
    { remedy: "Build it on Debian or Ubuntu, or with redkite snowpark images push --with docker" },
  );
}
