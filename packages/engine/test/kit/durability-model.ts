import { dirname } from "node:path";
import { MemoryFileSystem } from "../../src/storage/memory-file-system.ts";
import type { Random } from "./random.ts";

/** A disk writes so many bytes at once; a crash may keep any of the blocks that were not synced. */
const BLOCK_BYTES = 64;

interface FileEntry {
  readonly kind: "file";
  /** What the last sync put on the disk. */
  synced: Uint8Array;
  /** What a truncation after that sync has cut, which the disk may have in spite of it. */
  beforeCut?: Uint8Array | undefined;
}

type Entry = FileEntry | { readonly kind: "directory" };

/** Keeps account of which names and bytes of a file system a power loss can't take away. */
export class DurabilityModel {
  /** The names as a process sees them, and as they are on the disk. */
  readonly #live = new Map<string, Entry>();
  readonly #durable = new Map<string, Entry>();

  addFile(path: string): void {
    this.#live.set(path, { kind: "file", synced: new Uint8Array(0) });
  }

  /** With those above it; `makeDirectory` makes them durable. */
  addDirectory(path: string): void {
    if (dirname(path) === path || this.#live.has(path)) return;
    this.addDirectory(dirname(path));
    this.#live.set(path, { kind: "directory" });
    this.syncName(path);
  }

  removeName(path: string): void {
    this.#live.delete(path);
  }

  removeDirectory(path: string): void {
    for (const name of [...this.#live.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.#live.delete(name);
    }
  }

  syncFile(path: string, bytes: Uint8Array): void {
    const entry = this.#live.get(path);
    // A file that was removed while it was open has no name that could come back with its bytes.
    if (entry?.kind !== "file") return;
    entry.synced = bytes;
    entry.beforeCut = undefined;
  }

  /** The file had these bytes before it was truncated. */
  cutFile(path: string, bytes: Uint8Array): void {
    const entry = this.#live.get(path);
    if (entry?.kind === "file") entry.beforeCut = bytes;
  }

  syncName(path: string): void {
    const entry = this.#live.get(path);
    if (entry === undefined) this.#durable.delete(path);
    else this.#durable.set(path, entry);
  }

  syncDirectory(path: string): void {
    const names = new Set([...this.#live.keys(), ...this.#durable.keys()]);
    for (const name of names) if (dirname(name) === path) this.syncName(name);
  }

  async crash(
    random: Random,
    readLive: (path: string) => Promise<Uint8Array>,
  ): Promise<MemoryFileSystem> {
    const disk = new MemoryFileSystem();
    const names = [...new Set([...this.#live.keys(), ...this.#durable.keys()])];
    // Folders come before what is in them.
    for (const path of names.sort()) {
      const live = this.#live.get(path);
      const durable = this.#durable.get(path);
      const kept = live === durable || random() < 0.5 ? live : durable;
      if (kept === undefined || !(await hasParent(disk, path))) continue;
      if (kept.kind === "directory") await disk.makeDirectory(path);
      else {
        const latest = kept === live ? await readLive(path) : kept.synced;
        const bytes = kept.beforeCut !== undefined && random() < 0.5 ? kept.beforeCut : latest;
        await disk.replaceFile(path, tear(kept.synced, bytes, random));
      }
    }
    return disk;
  }
}

async function hasParent(disk: MemoryFileSystem, path: string): Promise<boolean> {
  return (await disk.list(dirname(path))) !== undefined;
}

/** What may be on the disk when a file had `synced` at its last sync and `live` at the crash. */
function tear(synced: Uint8Array, live: Uint8Array, random: Random): Uint8Array {
  const torn = new Uint8Array(tornLength(synced.length, live.length, random));
  // Often all was written, or nothing.
  const writtenShare = Math.floor(random() * 3) / 2;
  for (let start = 0; start < torn.length; start += BLOCK_BYTES) {
    // A block that was not written shows its old bytes, or zeros where the file is new.
    const source = random() < writtenShare ? live : synced;
    torn.set(source.subarray(start, Math.min(start + BLOCK_BYTES, torn.length)), start);
  }
  return torn;
}

/** Any length between the two, and often one of them. */
function tornLength(synced: number, live: number, random: Random): number {
  const choice = random();
  if (choice < 0.25) return synced;
  if (choice < 0.5) return live;
  const shorter = Math.min(synced, live);
  return shorter + Math.floor(random() * (Math.abs(synced - live) + 1));
}
