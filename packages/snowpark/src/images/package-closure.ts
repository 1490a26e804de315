import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";

/** A package as it lies in a `node_modules` folder of the image. */
export interface PlacedPackage {
  readonly name: string;
  readonly version: string;
  /** Where it is on this machine. */
  readonly folder: string;
  /** Where it goes: `node_modules/a`, or `node_modules/b/node_modules/a` where two versions are needed. */
  readonly place: string;
  /** Whether it is of this repository: of its folder, only what npm would publish is wanted. */
  readonly isOwn: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * A package and all that it needs at run time, as Node finds them from where it is, laid out anew. Packages in
 * `without` are left out, and so is what only they need.
 *
 * @throws SnowparkError `image-failed` when a package that is needed is not installed.
 */
export async function packageClosure(
  folder: string,
  without: ReadonlySet<string>,
): Promise<PlacedPackage[]> {
  const placed = new Map<string, PlacedPackage>();
  const root = await realpath(folder);
  const first = await readManifest(root);
  const waiting = [place(first, root, `node_modules/${first.name}`)];
  placed.set(waiting[0].place, waiting[0]);
  // Breadth first, so that a package's own folder is complete before anything that is placed below it is looked at.
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { dependencies } = await readManifest(next.folder);
    for (const name of Object.keys(dependencies).sort()) {
      if (without.has(name)) continue;
      const found = await find(name, next.folder);
      const visible = visibleFrom(next.place, name, placed);
      if (visible?.folder === found) continue;
      const parent = visible === undefined ? "" : `${next.place}/`;
      const dependency = place(await readManifest(found), found, `${parent}node_modules/${name}`);
      placed.set(dependency.place, dependency);
      waiting.push(dependency);
    }
  }
  return [...placed.values()].sort((a, b) => (a.place < b.place ? -1 : 1));
}

function place({ name, version }: Manifest, folder: string, where: string): PlacedPackage {
  const isOwn = !folder.split(/[\\/]/).includes("node_modules");
  return { name, version, folder, place: where, isOwn };
}

/** What Node will find by a name in a package that lies at `from`. */
function visibleFrom(
  from: string,
  name: string,
  placed: ReadonlyMap<string, PlacedPackage>,
): PlacedPackage | undefined {
  for (let at = from; at !== "."; at = dirname(at)) {
    const found = placed.get(`${at}/node_modules/${name}`);
    if (found !== undefined) return found;
  }
  return placed.get(`node_modules/${name}`);
}

/** The folder of a package, as Node looks for it: in each `node_modules` upwards. */
async function find(name: string, from: string): Promise<string> {
  for (let at = from; ; at = dirname(at)) {
    const candidate = join(at, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return await realpath(candidate);
    if (at === dirname(at)) break;
  }
  throw new SnowparkError(
    "image-failed",
    `Cannot put ${name}, which ${from} needs, into an image: it is not installed`,
  );
}

async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, "package.json"), "utf8");
  const { name, version, dependencies = {} } = JSON.parse(text) as Partial<Manifest>;
  if (typeof name === "string" && typeof version === "string")
    return { name, version, dependencies };
  throw new SnowparkError("image-failed", `${folder} has no name or version in its package.json`);
}
