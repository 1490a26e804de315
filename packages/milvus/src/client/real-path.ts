import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/**
 * The one name of a path, without symbolic links, so that two names of a folder can be told to be
 * the same. Of a path that does not exist, the part that does is resolved.
 */
export async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch {
    // Not there, or not to be read: opening it will tell. The root always resolves.
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(await realPath(parent), basename(absolute));
  }
}
