import { EngineError } from "../base/errors.ts";
import type { DirectoryLock } from "./file-system.ts";

/** Who holds a lock: the text of a lock file, as JSON. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** One for each time that a lock was asked for: no two are the same. */
  readonly token: string;
  /** When the process started, in the machine's own terms; absent where that can't be known. */
  readonly processStart?: string | undefined;
  /** The machine's run since it was last started; absent where that can't be known. */
  readonly bootId?: string | undefined;
}

/** What the lock needs of the machine. Node has no `flock`; these it has. */
export interface LockMachine {
  /** Makes the file with its text at once: `false`, and nothing done, when it is there already. */
  createWhole(path: string, text: string): Promise<boolean>;
  /** Puts the text in the file's place in one step. */
  replaceWhole(path: string, text: string): Promise<void>;
  /** `undefined` when there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** Does nothing when there is no such file. */
  removeFile(path: string): Promise<void>;
  /** When the process started, "" when that can't be known; `undefined` when there is none. */
  processStart(pid: number): Promise<string | undefined>;
}

/** A lock file changed hands this often while we looked: somebody else will get it. */
const ATTEMPTS_MAX = 16;

/**
 * Takes the folder for `owner` with a file `LOCK` in it; throws `locked` while another lives.
 *
 * A dead owner's file is replaced, never removed, and only by who holds the *claim* on it: a lock
 * file of its own, `LOCK.<token of the dead>`, taken by this same procedure. So of any number of
 * processes that find the dead owner, at any speed, one replaces the file; and one that dies while
 * it does so leaves a claim which the next takes over in turn.
 */
export async function lockDirectory(
  machine: LockMachine,
  directory: string,
  owner: LockOwner,
): Promise<DirectoryLock> {
  const path = `${directory}/LOCK`;
  await new LockTaker(machine, directory, owner).take(path);
  let held = true;
  return {
    release: async () => {
      if (!held) return;
      held = false;
      await removeOwn(machine, path, owner);
    },
  };
}

class LockTaker {
  readonly #machine: LockMachine;
  readonly #directory: string;
  readonly #owner: LockOwner;

  constructor(machine: LockMachine, directory: string, owner: LockOwner) {
    this.#machine = machine;
    this.#directory = directory;
    this.#owner = owner;
  }

  /** Makes `path` a lock file of our owner, or throws `locked`. */
  async take(path: string): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (await this.#machine.createWhole(path, JSON.stringify(this.#owner))) return;
      const text = await this.#machine.readText(path);
      if (text === undefined) continue;
      const holder = parseOwner(text);
      if (holder === undefined) throw unreadableLock(this.#directory, path);
      await this.#requireDead(holder, path);
      if (await this.#takeOver(path, holder)) return;
    }
    throw new EngineError("locked", `Cannot open "${this.#directory}": others are opening it too`, {
      details: { path: this.#directory },
    });
  }

  async #takeOver(path: string, dead: LockOwner): Promise<boolean> {
    const claim = `${this.#directory}/LOCK.${dead.token}`;
    await this.take(claim);
    try {
      // Who had the claim before us may have replaced the file since we read it.
      const text = await this.#machine.readText(path);
      if (text === undefined || parseOwner(text)?.token !== dead.token) return false;
      await this.#machine.replaceWhole(path, JSON.stringify(this.#owner));
      return true;
    } finally {
      await removeOwn(this.#machine, claim, this.#owner);
    }
  }

  /** Throws `locked` unless the holder is known to be gone. */
  async #requireDead(holder: LockOwner, path: string): Promise<void> {
    if (holder.host !== this.#owner.host) throw uncheckableLock(this.#directory, path, holder);
    const rebooted = differs(holder.bootId, this.#owner.bootId);
    const start = rebooted ? undefined : await this.#machine.processStart(holder.pid);
    if (start === undefined || differs(holder.processStart, start)) return;
    throw lockedError(this.#directory, holder);
  }
}

/** Whether both are known and not the same. */
function differs(a: string | undefined, b: string | undefined): boolean {
  return Boolean(a) && Boolean(b) && a !== b;
}

async function removeOwn(machine: LockMachine, path: string, owner: LockOwner): Promise<void> {
  const text = await machine.readText(path);
  if (text !== undefined && parseOwner(text)?.token === owner.token) await machine.removeFile(path);
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isOwner(value) ? value : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== "object" || value === null) return false;
  const owner: Partial<Record<keyof LockOwner, unknown>> = value;
  return (
    typeof owner.pid === "number" &&
    typeof owner.host === "string" &&
    typeof owner.token === "string" &&
    /^[\w-]+$/.test(owner.token)
  );
}

/** The error of a folder that a live process has open. */
export function lockedError(
  directory: string,
  owner: { readonly pid: number; readonly host: string },
): EngineError {
  const { pid, host } = owner;
  return new EngineError(
    "locked",
    `Cannot open "${directory}": it is open in process ${pid} on ${host}; ` +
      "close it there, or connect to that process",
    { details: { path: directory, pid, host } },
  );
}

function uncheckableLock(directory: string, path: string, { pid, host }: LockOwner): EngineError {
  return new EngineError(
    "locked",
    `Cannot open "${directory}": process ${pid} on ${host} has it open, and from here it can't be ` +
      `seen whether that process still runs; close it there, or, if it is gone, remove "${path}"`,
    { details: { path: directory, pid, host } },
  );
}

function unreadableLock(directory: string, path: string): EngineError {
  return new EngineError(
    "locked",
    `Cannot open "${directory}": its lock file does not say who holds it; ` +
      `if no process has it open, remove "${path}"`,
    { details: { path: directory } },
  );
}
