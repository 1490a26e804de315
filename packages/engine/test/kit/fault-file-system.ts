import type {
  AppendFile,
  DirectoryLock,
  FileSystem,
  ReadFile,
  SharedFile,
} from "../../src/storage/file-system.ts";
import { ioError } from "../../src/storage/io-error.ts";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import { DurabilityModel } from "./durability-model.ts";
import type { Random } from "./random.ts";

export interface Fault {
  readonly errno: "EIO" | "ENOSPC";
  /** An append or replacement that fails has done its work in part: half the bytes, all but the sync. */
  readonly halfDone?: boolean;
  /** All later operations fail too, as if the machine had stopped. */
  readonly forever?: boolean;
}

/**
 * A file system whose n-th operation fails as told, and which knows what a power loss would leave:
 * {@link crash} answers a new file system with what was synced, and a random part of the rest.
 * Of what the wrapped file system held before, it knows only what {@link adopt} is told.
 */
export class FaultFileSystem implements FileSystem {
  readonly #inner: FileSystem;
  readonly #model = new DurabilityModel();
  #operations = 0;
  #faultAt = Number.POSITIVE_INFINITY;
  #fault: Fault = { errno: "EIO" };

  constructor(inner: FileSystem = new MemoryFileSystem()) {
    this.#inner = inner;
  }

  /** Counts all that is in a folder, and the folder, as synced. */
  async adopt(directory: string): Promise<void> {
    this.#model.addDirectory(directory);
    for (const name of (await this.#inner.list(directory)) ?? []) {
      const path = directory === "/" ? `/${name}` : `${directory}/${name}`;
      if ((await this.#inner.sizeOf(path)) === undefined) {
        await this.adopt(path);
      } else {
        this.#model.addFile(path);
        this.#model.syncFile(path, await this.#inner.readFile(path));
        this.#model.syncName(path);
      }
    }
  }

  /** Around a file system that has content, all of which counts as synced. */
  static async around(inner: FileSystem): Promise<FaultFileSystem> {
    const faulty = new FaultFileSystem(inner);
    await faulty.#adopt("");
    return faulty;
  }

  async #adopt(directory: string): Promise<void> {
    for (const name of (await this.#inner.list(directory || "/")) ?? []) {
      const path = `${directory}/${name}`;
      if ((await this.#inner.sizeOf(path)) === undefined) {
        this.#model.addDirectory(path);
        await this.#adopt(path);
      } else {
        this.#model.addFile(path);
        this.#model.syncFile(path, await this.#inner.readFile(path));
        this.#model.syncName(path);
      }
    }
  }

  /** The number of operations so far; closing and releasing are none. */
  get operations(): number {
    return this.#operations;
  }

  /** Makes the operation with this number (the first has 0) fail. */
  failAt(operation: number, fault: Fault): void {
    this.#faultAt = operation;
    this.#fault = fault;
  }

  /** Makes the next operation fail. */
  failNext(fault: Fault): void {
    this.failAt(this.#operations, fault);
  }

  /**
   * What is on the disk when the power is lost now. Of bytes and names that were not synced, each
   * block and each name may be there or not, as `random` says.
   */
  async crash(random: Random): Promise<MemoryFileSystem> {
    return this.#model.crash(random, (path) => this.#inner.readFile(path));
  }

  async openRead(path: string): Promise<ReadFile> {
    this.#step("open", path);
    const file = await this.#inner.openRead(path);
    return {
      size: file.size,
      readInto: async (target, offset) => {
        this.#step("read", path);
        await file.readInto(target, offset);
      },
      close: () => file.close(),
    };
  }

  async openShared(path: string): Promise<SharedFile | undefined> {
    this.#step("open", path);
    return this.#inner.openShared(path);
  }

  async create(path: string): Promise<AppendFile> {
    this.#step("create", path);
    const file = await this.#inner.create(path);
    this.#model.addFile(path);
    return this.#appendFile(path, file);
  }

  async openAppend(path: string, length: number): Promise<AppendFile> {
    this.#step("open", path);
    const before = await this.#inner.readFile(path);
    const file = await this.#inner.openAppend(path, length);
    if (length < before.length) this.#model.cutFile(path, before);
    return this.#appendFile(path, file);
  }

  async readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
    this.#step("read", path);
    return this.#inner.readFile(path);
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    const fault = this.#nextFault();
    if (fault !== undefined && !fault.halfDone) throw ioError("replace", path, fault.errno);
    await this.#inner.replaceFile(path, bytes);
    this.#model.addFile(path);
    this.#model.syncFile(path, new Uint8Array(bytes));
    if (fault !== undefined) throw ioError("replace", path, fault.errno);
    this.#model.syncName(path);
  }

  async remove(path: string): Promise<void> {
    this.#step("remove", path);
    await this.#inner.remove(path);
    this.#model.removeName(path);
  }

  async removeDirectory(path: string): Promise<void> {
    this.#step("remove", path);
    await this.#inner.removeDirectory(path);
    this.#model.removeDirectory(path);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#step("create", path);
    await this.#inner.makeDirectory(path);
    this.#model.addDirectory(path);
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    this.#step("list", path);
    return this.#inner.list(path);
  }

  async sizeOf(path: string): Promise<number | undefined> {
    this.#step("look up", path);
    return this.#inner.sizeOf(path);
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step("sync", path);
    await this.#inner.syncDirectory(path);
    this.#model.syncDirectory(path);
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    this.#step("lock", path);
    return this.#inner.lockDirectory(path);
  }

  #appendFile(path: string, file: AppendFile): AppendFile {
    return {
      get size() {
        return file.size;
      },
      append: async (parts) => {
        const fault = this.#nextFault();
        if (fault === undefined) return file.append(parts);
        if (fault.halfDone) await file.append([firstHalf(parts)]);
        throw ioError("append to", path, fault.errno);
      },
      truncate: async (length) => {
        this.#step("truncate", path);
        this.#model.cutFile(path, await this.#inner.readFile(path));
        await file.truncate(length);
      },
      sync: async () => {
        this.#step("sync", path);
        await file.sync();
        this.#model.syncFile(path, await this.#inner.readFile(path));
      },
      close: () => file.close(),
    };
  }

  /** Counts an operation, and fails when its turn has come. */
  #step(attempt: string, path: string): void {
    const fault = this.#nextFault();
    if (fault !== undefined) throw ioError(attempt, path, fault.errno);
  }

  #nextFault(): Fault | undefined {
    const operation = this.#operations++;
    const isDue = this.#fault.forever ? operation >= this.#faultAt : operation === this.#faultAt;
    return isDue ? this.#fault : undefined;
  }
}

function firstHalf(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes.subarray(0, bytes.length >>> 1);
}
