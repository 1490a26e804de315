import { extname, isAbsolute, resolve } from "node:path";
import { isImageName, isUrl, kindOfPath, listFilesBelow, pathWithin } from "./source-files.ts";

/** The images of a folder, found by what annotations call them. Reads the folder once. */
export class MediaFolder {
  readonly path: string;
  readonly #paths: ReadonlySet<string>;
  /** Of each path without its ending, the first with it. */
  readonly #byStem: ReadonlyMap<string, string>;

  private constructor(path: string, paths: readonly string[]) {
    this.path = path;
    this.#paths = new Set(paths);
    const byStem = new Map<string, string>();
    for (const name of paths) {
      if (!byStem.has(stemOf(name))) byStem.set(stemOf(name), name);
    }
    this.#byStem = byStem;
  }

  /** A folder that is missing has no images. */
  static async open(path: string): Promise<MediaFolder> {
    const exists = (await kindOfPath(path)) === "folder";
    const paths = exists ? (await listFilesBelow(path)).filter(isImageName) : [];
    return new MediaFolder(path, paths);
  }

  /** The images' paths within the folder, in order. */
  get images(): readonly string[] {
    return [...this.#paths];
  }

  /** The path of the image of that name, and whether the file is there. URLs are not asked. */
  async find(name: string): Promise<{ filepath: string; exists: boolean }> {
    if (isUrl(name)) return { filepath: name, exists: true };
    if (isAbsolute(name)) {
      return { filepath: name, exists: (await kindOfPath(name)) === "file" };
    }
    const filepath = resolve(this.path, name);
    const tidy = name.replaceAll("\\", "/").replace(/^\.\//, "");
    if (this.#paths.has(tidy)) return { filepath, exists: true };
    return { filepath, exists: (await kindOfPath(filepath)) === "file" };
  }

  /** The path within the folder, as {@link images} has it. */
  nameOf(filepath: string): string {
    return pathWithin(this.path, filepath);
  }

  /** The path of the image of that name, whatever its ending. */
  findStem(stem: string): string | undefined {
    const name = this.#byStem.get(stem);
    return name === undefined ? undefined : resolve(this.path, name);
  }
}

/** A name without its ending. */
export function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}
