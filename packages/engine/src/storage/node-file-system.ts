import { randomUUID } from "node:crypto";
import { readSync } from "node:fs";
import * as nodeFs from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { assert } from "../base/assert.ts";
import { type LockMachine, lockDirectory } from "./directory-lock.ts";
import type { AppendFile, DirectoryLock, FileSystem, SharedFile } from "./file-system.ts";
import { ioError } from "./io-error.ts";

/** Node reads at most 2 GiB at a time; smaller pieces share the thread pool better. */
const IO_BYTES_MAX = 64 * 1024 * 1024;

/** The machine's disk. Nothing else in the engine imports `node:fs`. */
export const nodeFileSystem: FileSystem = {
  openRead: openFile,

  openShared: openFile,

  async create(path) {
    return wrapErrors(
      "create",
      path,
      async () => new NodeAppendFile(path, await nodeFs.open(path, "wx"), 0),
    );
  },

  async openAppend(path, length) {
    return wrapErrors("open", path, async () => {
      const handle = await nodeFs.open(path, "r+");
      return closingOnError(handle, async () => {
        const { size } = await handle.stat();
        if (length > size) throw ioError("open", path, "EINVAL");
        if (length < size) await handle.truncate(length);
        return new NodeAppendFile(path, handle, length);
      });
    });
  },

  async readFile(path) {
    const file = await nodeFileSystem.openRead(path);
    try {
      const bytes = new Uint8Array(file.size);
      await file.readInto(bytes, 0);
      return bytes;
    } finally {
      await file.close();
    }
  },

  async replaceFile(path, bytes) {
    await wrapErrors("replace", path, () => replaceFile(path, bytes));
  },

  async remove(path) {
    await wrapErrors("remove", path, () => nodeFs.unlink(path));
  },

  async removeDirectory(path) {
    await wrapErrors("remove", path, () => nodeFs.rm(path, { recursive: true, force: true }));
  },

  async makeDirectory(path) {
    await wrapErrors("create", path, async () => {
      const first = await makeDirectories(path);
      if (first !== undefined) await syncParents(resolve(path), resolve(first));
    });
  },

  async list(path) {
    const names = await unlessMissing("list", path, () => nodeFs.readdir(path));
    return names?.sort();
  },

  async sizeOf(path) {
    const status = await unlessMissing("look up", path, () => nodeFs.stat(path));
    return status?.isFile() ? status.size : undefined;
  },

  async syncDirectory(path) {
    await wrapErrors("sync", path, () => syncDirectory(path));
  },

  async lockDirectory(path): Promise<DirectoryLock> {
    const owner = {
      pid: process.pid,
      host: hostname(),
      token: randomUUID(),
      processStart: await lockMachine.processStart(process.pid),
      bootId: await bootId(),
    };
    return wrapErrors("lock", path, () => lockDirectory(lockMachine, path, owner));
  },
};

/**
 * Fills `target` from an open file at once, in any thread: `descriptor` is that of a
 * {@link SharedFile} that is not closed meanwhile. Throws `io`, EOF when the file ends before.
 */
export function readRowSync(descriptor: number, target: Uint8Array, position: number): void {
  try {
    for (let done = 0; done < target.length; ) {
      const count = readSync(descriptor, target, done, target.length - done, position + done);
      if (count === 0) throw ioError("read", `file ${descriptor}`, "EOF");
      done += count;
    }
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    throw ioError("read", `file ${descriptor}`, errno, cause);
  }
}

async function openFile(path: string): Promise<SharedFile> {
  return wrapErrors("open", path, async () => {
    const handle = await nodeFs.open(path, "r");
    return closingOnError(handle, async () => {
      const status = await handle.stat();
      if (status.isDirectory()) throw ioError("open", path, "EISDIR");
      return new NodeReadFile(path, handle, status.size);
    });
  });
}

class NodeReadFile implements SharedFile {
  readonly #path: string;
  readonly #handle: nodeFs.FileHandle;
  readonly size: number;

  constructor(path: string, handle: nodeFs.FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.size = size;
  }

  get descriptor(): number {
    return this.#handle.fd;
  }

  async readInto(target: Uint8Array, offset: number): Promise<void> {
    await wrapErrors("read", this.#path, async () => {
      for (let done = 0; done < target.length; ) {
        const length = Math.min(target.length - done, IO_BYTES_MAX);
        const { bytesRead } = await this.#handle.read(target, done, length, offset + done);
        if (bytesRead === 0) throw ioError("read", this.#path, "EOF");
        done += bytesRead;
      }
    });
  }

  async close(): Promise<void> {
    await wrapErrors("close", this.#path, () => this.#handle.close());
  }
}

class NodeAppendFile implements AppendFile {
  readonly #path: string;
  readonly #handle: nodeFs.FileHandle;
  #size: number;

  constructor(path: string, handle: nodeFs.FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    await wrapErrors("append to", this.#path, async () => {
      let position = this.#size;
      let rest = parts.filter((part) => part.length > 0);
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.writev(rest, position);
        position += bytesWritten;
        rest = withoutFirst(rest, bytesWritten);
      }
      this.#size = position;
    });
  }

  async truncate(length: number): Promise<void> {
    assert(length <= this.#size, "Truncating makes a file shorter");
    await wrapErrors("truncate", this.#path, () => this.#handle.truncate(length));
    this.#size = length;
  }

  async sync(): Promise<void> {
    await wrapErrors("sync", this.#path, () => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await wrapErrors("close", this.#path, () => this.#handle.close());
  }
}

/** What remains of the parts after their first `count` bytes. */
function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  const rest: Uint8Array[] = [];
  for (const part of parts) {
    if (skip < part.length) rest.push(part.subarray(skip));
    skip = Math.max(0, skip - part.length);
  }
  return rest;
}

async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await nodeFs.open(temporary, "w");
  try {
    // For the owner alone: one of these documents has the hashes of passwords. A file that was left
    // over may have another mode.
    await handle.chmod(0o600);
    await handle.writeFile(bytes);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await nodeFs.rename(temporary, path);
  await syncDirectory(dirname(path));
}

/**
 * Makes a folder and those above it, and answers the first that it made. (Node's own recursive
 * `mkdir` never ends where a file system, such as /proc, says of every new name that its parent is
 * missing.)
 */
async function makeDirectories(path: string): Promise<string | undefined> {
  try {
    return await makeOneDirectory(path);
  } catch (cause) {
    if (errnoOf(cause) !== "ENOENT" || dirname(path) === path) throw cause;
  }
  const above = await makeDirectories(dirname(path));
  const made = await makeOneDirectory(path);
  return above ?? made;
}

async function makeOneDirectory(path: string): Promise<string | undefined> {
  try {
    await nodeFs.mkdir(path);
    return path;
  } catch (cause) {
    if (errnoOf(cause) === "EEXIST" && (await nodeFs.stat(path)).isDirectory()) return undefined;
    throw cause;
  }
}

/** Makes the names of new folders durable: of `first`, the topmost, down to `path`. */
async function syncParents(path: string, first: string): Promise<void> {
  for (let name = path; name.length >= first.length; name = dirname(name)) {
    await syncDirectory(dirname(name));
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows can't open folders, and keeps their entries in its journal.
  if (process.platform === "win32") return;
  const handle = await nodeFs.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const lockMachine: LockMachine = {
  async createWhole(path, text) {
    const temporary = `${path}.${randomUUID()}.tmp`;
    await nodeFs.writeFile(temporary, text, { flag: "wx", flush: true });
    try {
      await nodeFs.link(temporary, path);
      return true;
    } catch (cause) {
      if (errnoOf(cause) === "EEXIST") return false;
      throw cause;
    } finally {
      await nodeFs.unlink(temporary);
    }
  },
  replaceWhole: (path, text) => replaceFile(path, Buffer.from(text)),
  readText: (path) => unlessMissing("read", path, () => nodeFs.readFile(path, "utf8")),
  async removeFile(path) {
    await unlessMissing("remove", path, () => nodeFs.unlink(path));
  },
  async processStart(pid) {
    if (!isRunning(pid)) return undefined;
    const stat = await unlessUnknown(nodeFs.readFile(`/proc/${pid}/stat`, "utf8"));
    // After the command's name, which is in parentheses and may hold any character, come the
    // fields from the third on (proc_pid_stat(5)): the state is the 3rd, the start time the 22nd.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields === undefined) return "";
    const isDead = fields[0] === "Z" || fields[0] === "X";
    return isDead ? undefined : fields[22 - 3];
  },
};

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return errnoOf(cause) !== "ESRCH";
  }
}

async function bootId(): Promise<string | undefined> {
  return (await unlessUnknown(nodeFs.readFile("/proc/sys/kernel/random/boot_id", "utf8")))?.trim();
}

/** `undefined` when it can't be read: not every system has Linux's /proc. */
async function unlessUnknown(text: Promise<string>): Promise<string | undefined> {
  const [result] = await Promise.allSettled([text]);
  return result.status === "fulfilled" ? result.value : undefined;
}

async function closingOnError<T>(handle: nodeFs.FileHandle, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

async function unlessMissing<T>(
  attempt: string,
  path: string,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === "ENOENT") return undefined;
    if (errno === undefined) throw cause;
    throw ioError(attempt, path, errno, cause);
  }
}

/** Errors of the operating system become `io` errors; all others pass as they are. */
async function wrapErrors<T>(attempt: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    throw ioError(attempt, path, errno, cause);
  }
}

/** "ENOENT", ... of an error of the operating system. */
function errnoOf(thrown: unknown): string | undefined {
  const isSystemError = thrown instanceof Error && "code" in thrown && "syscall" in thrown;
  return isSystemError && typeof thrown.code === "string" ? thrown.code : undefined;
}
