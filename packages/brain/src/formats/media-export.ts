import { constants } from "node:fs";
import { access, copyFile, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { isUrl, pathWithin } from "./source-files.ts";

/** What becomes of the image files; `false` leaves them where they are. */
export type MediaMode = "copy" | "move" | "symlink" | false;

/** An image in an export. */
export interface ExportedMedia {
  /** The path that the labels name it by. */
  readonly path: string;
  /** Its name without folders and ending, which no other image of the export has. */
  readonly stem: string;
}

/** Brings images into an export, each under a name of its own. */
export class MediaExport {
  readonly #folder: string;
  readonly #mode: MediaMode;
  readonly #absolute: boolean;
  readonly #stems = new Set<string>();
  #moved: { from: string; to: string }[] = [];

  /** Paths are absolute, or relative to `folder`. */
  constructor(folder: string, options: { mode?: MediaMode; absolutePaths?: boolean } = {}) {
    this.#folder = resolve(folder);
    this.#mode = options.mode ?? "copy";
    this.#absolute = options.absolutePaths ?? false;
  }

  get mode(): MediaMode {
    return this.#mode;
  }

  /** What was moved, and where to. */
  get moved(): readonly { readonly from: string; readonly to: string }[] {
    return this.#moved;
  }

  /**
   * Puts the image into `subfolder` of the export. The path in the answer is relative to
   * `subfolder`, unless paths are absolute or the file stays where it is.
   * Throws `file-not-found`, `unsupported` for a URL, `io`.
   */
  async add(
    filepath: string,
    subfolder: string,
    mode: MediaMode = this.#mode,
  ): Promise<ExportedMedia> {
    if (isUrl(filepath) && mode !== false) {
      throw new BrainError(
        "unsupported",
        `Cannot ${mode} ${filepath}: it is not a file. With exportMedia false it stays where it is`,
        { details: { filepath } },
      );
    }
    const ending = extname(filepath);
    const stem = this.#freeStem(filepath, ending, subfolder);
    if (isUrl(filepath)) return { path: filepath, stem };
    const source = resolve(filepath);
    const folder = join(this.#folder, subfolder);
    if (mode === false) {
      return { path: this.#absolute ? source : pathWithin(folder, source), stem };
    }
    const target = join(folder, stem + ending);
    await this.#bring(source, target, mode);
    return { path: this.#absolute ? target : stem + ending, stem };
  }

  /** The same for a folder inside: what it moves is listed here too. */
  within(subfolder: string): MediaExport {
    const mode = this.#mode;
    const absolutePaths = this.#absolute;
    const inner = new MediaExport(join(this.#folder, subfolder), { mode, absolutePaths });
    inner.#moved = this.#moved;
    return inner;
  }

  /** Brings moved files back. */
  async undoMoves(): Promise<void> {
    for (const { from, to } of this.#moved.reverse()) await move(to, from);
    this.#moved.length = 0;
  }

  /** Names that differ in case only are one on some systems. */
  #freeStem(filepath: string, ending: string, subfolder: string): string {
    const name = filepath.slice(filepath.search(/[^/\\]*$/));
    const base = ending === "" ? name : name.slice(0, -ending.length);
    let stem = base;
    for (let number = 2; this.#stems.has(`${subfolder}/${stem}`.toLowerCase()); number++) {
      stem = `${base}-${number}`;
    }
    this.#stems.add(`${subfolder}/${stem}`.toLowerCase());
    return stem;
  }

  async #bring(source: string, target: string, mode: Exclude<MediaMode, false>): Promise<void> {
    if (source === target) return;
    try {
      await access(source, constants.R_OK);
    } catch (error) {
      throw new BrainError("file-not-found", `Cannot export ${source}: the file cannot be read`, {
        cause: error,
      });
    }
    try {
      await mkdir(dirname(target), { recursive: true });
      if (mode === "copy") await copyFile(source, target);
      else if (mode === "symlink") await link(source, target);
      else {
        await move(source, target);
        this.#moved.push({ from: source, to: target });
      }
    } catch (error) {
      throw new BrainError("io", `Cannot ${mode} ${source} to ${target}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

async function link(source: string, target: string): Promise<void> {
  await rm(target, { force: true });
  await symlink(source, target);
}

async function move(source: string, target: string): Promise<void> {
  try {
    await rename(source, target);
  } catch (error) {
    // Not across disks.
    if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
    await copyFile(source, target);
    await rm(source);
  }
}
