/**
 * All that the engine asks of a disk. Paths use `/`; they are relative to nothing: the caller gives
 * them whole. Every failure is an `EngineError` that carries the path and the cause: `io` with
 * `details.errno` ("ENOENT", "ENOSPC", ...), or the more telling code that a method names.
 *
 * Durability: bytes are durable once `sync()` of their file has resolved; a created, renamed or
 * removed name once `syncDirectory()` of its folder has. A crash may lose or tear all the rest.
 */
export interface FileSystem {
  /** Opens a file for reading at any offset. */
  openRead(path: string): Promise<ReadFile>;
  /**
   * Opens a file for reading by all threads of the process. `undefined` where files are not those of
   * an operating system.
   */
  openShared(path: string): Promise<SharedFile | undefined>;
  /** Makes a new file for appending. `io`/EEXIST when it is there already. */
  create(path: string): Promise<AppendFile>;
  /**
   * Opens a file for appending at `length`, cutting off what lies behind. `io`/EINVAL when the file
   * is shorter.
   */
  openAppend(path: string, length: number): Promise<AppendFile>;
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Replaces or makes the file in one step: after a crash it is whole, the old or the new. Durable
   * when resolved (`<path>.tmp`, sync, rename, sync of the folder). Not to be called again for a path
   * before it has resolved.
   */
  replaceFile(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Removes a folder and all in it; does nothing when it is not there. */
  removeDirectory(path: string): Promise<void>;
  /** Makes the folder and those above it, durable when resolved; does nothing when it is there. */
  makeDirectory(path: string): Promise<void>;
  /** The names in a folder, sorted. `undefined` when there is no such folder. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** Size in bytes, or `undefined` when there is no such file. */
  sizeOf(path: string): Promise<number | undefined>;
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes the folder for this process alone. Throws `locked`, naming the owner, while another live
   * process (or another holder in this one) has it; a lock that a dead process left is taken over.
   */
  lockDirectory(path: string): Promise<DirectoryLock>;
}

export interface ReadFile {
  readonly size: number;
  /** Fills `target`, on shared memory too, from `offset`. `io`/EOF when the file ends before. */
  readInto(target: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** A file that is open until it is closed, in all threads. */
export interface SharedFile extends ReadFile {
  /** The number by which the operating system knows it. */
  readonly descriptor: number;
}

export interface AppendFile {
  /** Bytes appended so far, what the file had when opened included; a failed append adds none. */
  readonly size: number;
  /**
   * Appends the parts in order, which must not change meanwhile. Not durable before `sync`. After a
   * failure the file may have some of the bytes, which `truncate(size)` removes.
   */
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Cuts the file to `length` bytes, at most its size: to undo an append that failed half way. */
  truncate(length: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface DirectoryLock {
  /** Idempotent. */
  release(): Promise<void>;
}
