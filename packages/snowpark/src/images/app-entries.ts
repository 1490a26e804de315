import { readFile } from "node:fs/promises";
import { SnowparkError } from "../base/snowpark-error.ts";
import { checkX8664, readElf } from "../oci/elf.ts";
import { folderEntries, type LayerEntry } from "../oci/layer-entry.ts";
import type { PlacedPackage } from "./package-closure.ts";

/** What a program does not read: types, source maps, prose. Licences stay. */
const unneeded = /\.(?:d\.[cm]?ts|map|md|markdown|tsbuildinfo)$/i;

/** What is published of our own packages and runs. */
const ownParts = /^(?:package\.json|LICENSE|bin(?:\/|$)|dist(?:\/|$))/;

/** The files of packages, to lie below `prefix` in an image. */
export async function appEntries(
  packages: readonly PlacedPackage[],
  prefix: string,
): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  for (const { folder, place, isOwn } of packages) {
    const isWanted = (path: string): boolean =>
      path !== "node_modules" && !unneeded.test(path) && (!isOwn || ownParts.test(path));
    const found = await folderEntries(folder, `${prefix}/${place}`, isWanted);
    if (isOwn && !found.some(({ path }) => path.includes(`${place}/dist/`))) {
      throw new SnowparkError(
        "image-failed",
        `Cannot put ${folder} into an image: it is not built`,
        {
          remedy: "Run npm run build",
        },
      );
    }
    entries.push(...found);
  }
  await checkAddons(entries);
  return entries;
}

/** Compiled parts of packages are for the machine that they were installed on. */
async function checkAddons(entries: readonly LayerEntry[]): Promise<void> {
  for (const entry of entries) {
    if (entry.kind !== "file" || !entry.path.endsWith(".node")) continue;
    if (entry.content instanceof Uint8Array) continue;
    const { file } = entry.content;
    checkX8664(readElf(await readFile(file), file), file);
  }
}
