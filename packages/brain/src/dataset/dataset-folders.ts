import { readFileSync, rmSync } from "node:fs";
import {
  access,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { type Environment, processEnvironment, userFolder } from "../base/environment.ts";
import { newObjectId } from "../base/object-id.ts";

/** The database's file in a dataset's folder. */
const databaseFile = "dataset.duckdb";
/** Marks a dataset that ends with its process: which process. */
const ownerFile = "temporary.json";
/** Folders of datasets that are being made begin so; names of datasets do not. */
const unfinishedPrefix = ".new-";
/** Folders of datasets that are being removed begin so. */
const removedPrefix = ".removed-";

/** The home folder: the one given, then the variable REDKITE_HOME, then `~/.redkite`. */
export function datasetHome(home?: string, environment: Environment = processEnvironment): string {
  return resolve(home ?? environment["REDKITE_HOME"] ?? join(userFolder(), ".redkite"));
}

/** Where the datasets of a home are, one a folder. */
export class DatasetFolders {
  readonly root: string;

  constructor(home: string) {
    this.root = join(home, "datasets");
  }

  folder(name: string): string {
    return join(this.root, name);
  }

  /** A dataset's folder by the one path that it has, whatever links lead to it. */
  async realFolder(name: string): Promise<string> {
    return await realpath(this.folder(name));
  }

  databasePath(folder: string): string {
    return join(folder, databaseFile);
  }

  /** The names of all datasets, sorted. */
  async names(): Promise<string[]> {
    const entries = await this.#entries();
    return entries.filter((name) => !name.startsWith(".")).sort();
  }

  /** The name on disk: file systems may tell capital letters from small ones, or not. */
  async find(name: string): Promise<string | undefined> {
    const names = await this.names();
    return names.find((known) => known === name);
  }

  /** Throws `dataset-exists` while there is a dataset of that name, in whatever letters. */
  async refuseTaken(name: string): Promise<void> {
    const taken = (await this.names()).find((known) => known.toLowerCase() === name.toLowerCase());
    if (taken === undefined) return;
    throw new BrainError(
      "dataset-exists",
      `Cannot make dataset "${name}": "${taken}" exists. Load it, or give overwrite: true to replace it`,
      { details: { name, existing: taken } },
    );
  }

  /**
   * Makes the folder of a new dataset, marked as temporary until it is whole; answers its real path.
   * Throws `dataset-exists`, also when another process is faster.
   */
  async claim(name: string): Promise<string> {
    const unfinished = join(this.root, unfinishedPrefix + newObjectId());
    await attempt(`make the folder ${unfinished}`, () => mkdir(unfinished, { recursive: true }));
    await this.setTemporary(unfinished, true);
    try {
      await this.refuseTaken(name);
      // Fails on a folder that is there, which is never empty.
      await attempt(`make the folder ${this.folder(name)}`, () =>
        rename(unfinished, this.folder(name)),
      );
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      await this.refuseTaken(name);
      throw error;
    }
    return await this.realFolder(name);
  }

  /** Throws `dataset-damaged` for a folder without the database, in whose place none shall be made. */
  async refuseWithoutDatabase(folder: string): Promise<void> {
    if (await isThere(this.databasePath(folder))) return;
    throw new BrainError(
      "dataset-damaged",
      `Cannot load the dataset at ${folder}: ${databaseFile} is gone. Bring it back from a copy`,
      { details: { folder } },
    );
  }

  /** Renames a dataset's folder, which must not be in use. */
  async move(from: string, to: string): Promise<void> {
    await attempt(`rename the folder ${this.folder(from)}`, () =>
      rename(this.folder(from), this.folder(to)),
    );
  }

  /** Marks a dataset as ending with this process, or takes the mark away. */
  async setTemporary(folder: string, isTemporary: boolean): Promise<void> {
    const path = join(folder, ownerFile);
    if (!isTemporary) return await rm(path, { force: true });
    const owner = JSON.stringify({ pid: process.pid, host: hostname() });
    await attempt(`write ${path}`, () => writeFile(path, owner));
  }

  async isTemporary(folder: string): Promise<boolean> {
    return await isThere(join(folder, ownerFile));
  }

  /** Removes a folder and all in it; hidden first, so that half of a dataset is never seen. */
  async remove(folder: string): Promise<void> {
    const hidden = join(this.root, removedPrefix + newObjectId());
    await attempt(`remove the folder ${folder}`, async () => {
      await rename(folder, hidden);
      await rm(hidden, { recursive: true, force: true });
    });
  }

  /** Removes a temporary dataset at the end of its process, where nothing can be waited for. */
  removeOwnedNow(folder: string): void {
    let owner: Owner | undefined;
    try {
      owner = parseOwner(readFileSync(join(folder, ownerFile), "utf8"));
    } catch {
      // It is gone, or persistent by now.
    }
    if (owner?.pid === process.pid && owner.host === hostname()) {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Removes what processes of this computer that are gone have left: temporary and unfinished. */
  async removeLeftovers(): Promise<void> {
    for (const entry of await this.#entries()) {
      const folder = join(this.root, entry);
      if (entry.startsWith(removedPrefix) || (await isLeftover(folder))) {
        await rm(folder, { recursive: true, force: true });
      }
    }
  }

  async #entries(): Promise<string[]> {
    try {
      const entries = await readdir(this.root, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw new BrainError("io", `Cannot read the folder ${this.root}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

/** The process that a temporary dataset ends with. */
interface Owner {
  readonly pid: number;
  readonly host: string;
}

async function isLeftover(folder: string): Promise<boolean> {
  try {
    const owner = parseOwner(await readFile(join(folder, ownerFile), "utf8"));
    return owner !== undefined && owner.host === hostname() && !isAlive(owner.pid);
  } catch {
    // There is no mark, as in every persistent dataset.
    return false;
  }
}

/** `undefined` for a mark that was torn when its writer ended: the folder is left alone. */
function parseOwner(text: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    if (typeof owner !== "object" || owner === null) return undefined;
    if (!("pid" in owner && "host" in owner)) return undefined;
    return { pid: Number(owner.pid), host: String(owner.host) };
  } catch {
    return undefined;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new BrainError("io", `Cannot ${what}: ${messageOf(cause)}`, { cause });
  }
}
