import { hostname } from "node:os";
import { assert } from "../base/assert.ts";
import { lockedError } from "./directory-lock.ts";
import type { AppendFile, DirectoryLock, FileSystem, ReadFile } from "./file-system.ts";
import { ioError } from "./io-error.ts";

/** A file's bytes; open files keep it alive when its name is gone, as on Unix. */
interface FileNode {
  readonly kind: "file";
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
}

type Node = FileNode | { readonly kind: "directory" };

/** A disk that lives in memory: behind ":memory:" databases, and the tests' quick twin of Node's. */
export class MemoryFileSystem implements FileSystem {
  readonly #nodes = new Map<string, Node>();
  readonly #locked = new Set<string>();

  async openRead(path: string): Promise<ReadFile> {
    return new MemoryReadFile(path, this.#file("open", path));
  }

  async openShared(path: string): Promise<undefined> {
    this.#file("open", path);
  }

  async create(path: string): Promise<AppendFile> {
    if (this.#node(path) !== undefined) throw ioError("create", path, "EEXIST");
    this.#requireDirectory("create", path, parentOf(path));
    const node: FileNode = { kind: "file", bytes: new Uint8Array(0), length: 0 };
    this.#nodes.set(normalized(path), node);
    return new MemoryAppendFile(path, node);
  }

  async openAppend(path: string, length: number): Promise<AppendFile> {
    const node = this.#file("open", path);
    if (length > node.length) throw ioError("open", path, "EINVAL");
    const file = new MemoryAppendFile(path, node);
    await file.truncate(length);
    return file;
  }

  async readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
    const node = this.#file("read", path);
    return node.bytes.slice(0, node.length);
  }

  async replaceFile(path: string, bytes: Uint8Array): Promise<void> {
    this.#requireDirectory("replace", path, parentOf(path));
    if (this.#node(path)?.kind === "directory") throw ioError("replace", path, "EISDIR");
    const copy = new Uint8Array(bytes);
    this.#nodes.set(normalized(path), { kind: "file", bytes: copy, length: copy.length });
  }

  async remove(path: string): Promise<void> {
    this.#file("remove", path);
    this.#nodes.delete(normalized(path));
  }

  async removeDirectory(path: string): Promise<void> {
    const directory = normalized(path);
    for (const name of [...this.#nodes.keys()]) {
      if (name === directory || isBelow(name, directory)) this.#nodes.delete(name);
    }
  }

  async makeDirectory(path: string): Promise<void> {
    const directory = normalized(path);
    const node = this.#node(directory);
    if (node?.kind === "directory") return;
    if (node?.kind === "file") throw ioError("create", path, "EEXIST");
    await this.makeDirectory(parentOf(directory));
    this.#nodes.set(directory, { kind: "directory" });
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    const directory = normalized(path);
    const node = this.#node(directory);
    if (node === undefined) return undefined;
    if (node.kind === "file") throw ioError("list", path, "ENOTDIR");
    const children = [...this.#nodes.keys()].filter((name) => parentOf(name) === directory);
    return children.map((name) => name.slice(name.lastIndexOf("/") + 1)).sort();
  }

  async sizeOf(path: string): Promise<number | undefined> {
    const node = this.#node(path);
    return node?.kind === "file" ? node.length : undefined;
  }

  async syncDirectory(path: string): Promise<void> {
    this.#requireDirectory("sync", path, path);
  }

  async lockDirectory(path: string): Promise<DirectoryLock> {
    this.#requireDirectory("lock", path, path);
    const directory = normalized(path);
    if (this.#locked.has(directory)) {
      throw lockedError(path, { pid: process.pid, host: hostname() });
    }
    this.#locked.add(directory);
    let held = true;
    return {
      release: async () => {
        if (held) this.#locked.delete(directory);
        held = false;
      },
    };
  }

  #node(path: string): Node | undefined {
    const name = normalized(path);
    return parentOf(name) === name ? { kind: "directory" } : this.#nodes.get(name);
  }

  #file(attempt: string, path: string): FileNode {
    const node = this.#node(path);
    if (node === undefined) throw ioError(attempt, path, "ENOENT");
    if (node.kind === "directory") throw ioError(attempt, path, "EISDIR");
    return node;
  }

  #requireDirectory(attempt: string, path: string, directory: string): void {
    const node = this.#node(directory);
    if (node === undefined) throw ioError(attempt, path, "ENOENT");
    if (node.kind === "file") throw ioError(attempt, path, "ENOTDIR");
  }
}

class MemoryReadFile implements ReadFile {
  readonly #path: string;
  readonly #node: FileNode;
  readonly size: number;
  #open = true;

  constructor(path: string, node: FileNode) {
    this.#path = path;
    this.#node = node;
    this.size = node.length;
  }

  async readInto(target: Uint8Array, offset: number): Promise<void> {
    if (!this.#open) throw ioError("read", this.#path, "EBADF");
    const end = offset + target.length;
    if (end > this.#node.length) throw ioError("read", this.#path, "EOF");
    target.set(this.#node.bytes.subarray(offset, end));
  }

  async close(): Promise<void> {
    this.#open = false;
  }
}

class MemoryAppendFile implements AppendFile {
  readonly #path: string;
  readonly #node: FileNode;
  #open = true;

  constructor(path: string, node: FileNode) {
    this.#path = path;
    this.#node = node;
  }

  get size(): number {
    return this.#node.length;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    this.#requireOpen("append to");
    const node = this.#node;
    for (const part of parts) {
      const end = node.length + part.length;
      if (end > node.bytes.length) {
        const grown = new Uint8Array(Math.max(end, node.bytes.length * 2));
        grown.set(node.bytes.subarray(0, node.length));
        node.bytes = grown;
      }
      node.bytes.set(part, node.length);
      node.length = end;
    }
  }

  async truncate(length: number): Promise<void> {
    this.#requireOpen("truncate");
    assert(length <= this.#node.length, "Truncating makes a file shorter");
    this.#node.length = length;
  }

  async sync(): Promise<void> {
    this.#requireOpen("sync");
  }

  async close(): Promise<void> {
    this.#open = false;
  }

  #requireOpen(attempt: string): void {
    if (!this.#open) throw ioError(attempt, this.#path, "EBADF");
  }
}

/** Without empty steps: "/a//b/" is "/a/b", "a/" is "a"; the two roots are "/" and ".". */
function normalized(path: string): string {
  const steps = path.split("/").filter((step) => step !== "" && step !== ".");
  if (path.startsWith("/")) return `/${steps.join("/")}`;
  return steps.length === 0 ? "." : steps.join("/");
}

function parentOf(path: string): string {
  const name = normalized(path);
  const slash = name.lastIndexOf("/");
  if (slash === 0) return "/";
  return slash < 0 ? "." : name.slice(0, slash);
}

function isBelow(name: string, directory: string): boolean {
  if (directory === ".") return !name.startsWith("/");
  return name.startsWith(directory === "/" ? "/" : `${directory}/`);
}
