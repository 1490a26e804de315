import { lstat, readlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** As Linux's own limit. */
const linksMax = 40;

/**
 * Where a path of an image lies under the folder with the image's files. Symbolic links on the way are followed as they
 * would be if that folder were `/`, so the result is always inside. The last part is followed only when asked for. Throws
 * `RangeError` for a circle of links.
 */
export async function insideRoot(
  root: string,
  path: string,
  { followLast = false }: { readonly followLast?: boolean } = {},
): Promise<string> {
  const pending = partsOf(path);
  let inside: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const part = pending.shift();
    if (part === undefined) break;
    if (part === "..") {
      inside = inside.slice(0, -1);
      continue;
    }
    const followed = followLast || pending.length > 0;
    const target = followed ? await linkTarget(join(root, ...inside, part)) : undefined;
    if (target === undefined) {
      inside = [...inside, part];
      continue;
    }
    links += 1;
    if (links > linksMax) throw new RangeError(`Too many symbolic links in ${path}`);
    if (target.startsWith("/")) inside = [];
    pending.unshift(...partsOf(target));
  }
  return join(root, ...inside);
}

/** The target of an absolute link as a relative one, so that it stays inside without `chroot`. */
export function relativeLink(path: string, target: string): string {
  if (!target.startsWith("/")) return target;
  const from = `/${partsOf(dirname(path)).join("/")}`;
  return relative(from, `/${partsOf(target).join("/")}`) || ".";
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

async function linkTarget(file: string): Promise<string | undefined> {
  try {
    return (await lstat(file)).isSymbolicLink() ? await readlink(file) : undefined;
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR")
    ) {
      return undefined;
    }
    throw error;
  }
}
