import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SnowparkError } from "../../base/snowpark-error.ts";

/**
 * The folder of a simulated account. One simulator at a time holds it; it is made when it is not there.
 *
 * `state.json` the account and the registry's index · `images/` blobs and unpacked images · `stages/` · `volumes/` ·
 * `snapshots/` · `containers/` what containers have for themselves · `bin/` Node under its own name · `lock` the process
 * that holds the folder · `simulator.json` where it listens.
 */
export class StateFolder {
  readonly path: string;
  readonly #serialise: () => unknown;
  #saved = "";
  #saving: Promise<void> | undefined;

  private constructor(path: string, serialise: () => unknown) {
    this.path = path;
    this.#serialise = serialise;
  }

  /**
   * Takes the folder. `serialise` gives what is to be kept, whenever it is saved.
   *
   * @throws SnowparkError `unsupported` when another process has it, or its state is not this version's.
   */
  static async open(
    path: string,
    { pid, serialise }: { pid: number; serialise: () => unknown },
  ): Promise<{ readonly folder: StateFolder; readonly state: unknown }> {
    await mkdir(path, { recursive: true });
    await lock(join(path, "lock"), pid);
    const folder = new StateFolder(path, serialise);
    try {
      return { folder, state: await folder.#read() };
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** A folder within. */
  sub(name: string): string {
    return join(this.path, name);
  }

  /** Keeps the state as it is now. When it resolves, it is on the disk, whole. */
  async save(): Promise<void> {
    // A save that has begun may have missed the last change, so one more follows it.
    while (this.#saving !== undefined) await this.#saving;
    const text = JSON.stringify(this.#serialise());
    if (text === undefined || text === this.#saved) return;
    this.#saving = this.#write(text).finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
  }

  async #write(text: string): Promise<void> {
    const file = this.sub("state.json");
    await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
    await rename(`${file}.new`, file);
    this.#saved = text;
  }

  async #read(): Promise<unknown> {
    const file = this.sub("state.json");
    const text = await readFile(file, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new SnowparkError(
        "unsupported",
        `Cannot read the simulated account in ${file}: not JSON`,
        {
          cause,
          remedy: "Remove the folder to begin with a fresh account.",
        },
      );
    }
  }

  /** Gives the folder back. */
  async close(): Promise<void> {
    await rm(this.sub("simulator.json"), { force: true });
    await rm(this.sub("lock"), { force: true });
    heldHere.delete(this.sub("lock"));
  }
}

/** How long two processes may lie apart that find the same stale lock. */
const staleMs = 100;

/** Locks of this process: another one that had its number may have left one behind. */
const heldHere = new Set<string>();

async function lock(file: string, pid: number): Promise<void> {
  let wasStale = false;
  for (;;) {
    const isOurs = await create(file, String(pid));
    // Whoever found the stale lock at the same time may have removed ours for it: the last one has the folder.
    if (isOurs && wasStale) await sleep(staleMs);
    const holder = Number(await readFile(file, "utf8").catch(() => "0"));
    if (isOurs && holder === pid) {
      heldHere.add(file);
      return;
    }
    const isLeftBehind = holder === pid && !heldHere.has(file);
    if (holder > 0 && !isLeftBehind && isAlive(holder)) throw taken(file, holder);
    wasStale = true;
    await rm(file, { force: true });
  }
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function taken(file: string, holder: number): SnowparkError {
  return new SnowparkError("unsupported", `Another simulator (process ${holder}) holds ${file}`, {
    remedy: `Stop it, or remove ${file} if process ${holder} is no simulator.`,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but somebody else's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
