import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The README of an installed package. */
export interface InstalledReadme {
  /** As in an import: "commander", "@grpc/grpc-js". */
  readonly packageName: string;
  readonly markdown: string;
}

/** What is longer is a book, or a log: its beginning tells what the package is for. */
const MARKDOWN_LENGTH_MAX = 200_000;

/**
 * The nearest `node_modules` that has READMEs in it, going up from each of the folders in turn.
 * `undefined` when there is none.
 */
export async function findInstalledReadmes(
  startFolders: readonly string[],
): Promise<{ folder: string; readmes: InstalledReadme[] } | undefined> {
  for (const start of startFolders) {
    for (const folder of foldersUpFrom(start)) {
      const modules = join(folder, "node_modules");
      const readmes = await readReadmes(modules);
      if (readmes.length > 0) return { folder: modules, readmes };
    }
  }
  return undefined;
}

/** The folder, the one that it is in, and so on up to the root. */
function* foldersUpFrom(start: string): Generator<string> {
  let folder = start;
  yield folder;
  for (let parent = dirname(folder); parent !== folder; parent = dirname(folder)) {
    folder = parent;
    yield folder;
  }
}

/** The READMEs of the packages of a `node_modules`, by package name. */
async function readReadmes(modules: string): Promise<InstalledReadme[]> {
  const readmes: InstalledReadme[] = [];
  for (const packageName of await listPackages(modules)) {
    const folder = join(modules, packageName);
    const fileName = (await listFolder(folder)).find((name) =>
      /^readme\.(md|markdown)$/i.test(name),
    );
    if (fileName === undefined) continue;
    const markdown = await readFile(join(folder, fileName), "utf8");
    readmes.push({ packageName, markdown: markdown.slice(0, MARKDOWN_LENGTH_MAX) });
  }
  return readmes;
}

async function listPackages(modules: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await listFolder(modules)) {
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) names.push(name);
    else
      for (const member of await listFolder(join(modules, name))) names.push(`${name}/${member}`);
  }
  return names;
}

/** The names in a folder, sorted; none when it is not there or not a folder. */
async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    // A file, a broken link, a folder of someone else: nothing to read here.
    return [];
  }
}
