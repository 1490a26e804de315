import { type Database, type OpenOptions, openDatabase } from "../../src/index.ts";
import { FaultFileSystem } from "./fault-file-system.ts";
import { seededRandom } from "./random.ts";

/** A database on a disk in memory, which can be opened again, also after a loss of power. */
export class ReopenedDatabase {
  readonly #options: OpenOptions;
  readonly #random = seededRandom(7);
  #disk = new FaultFileSystem();
  #database: Database | undefined;

  constructor(options: OpenOptions = {}) {
    this.#options = { maintenance: false, threads: 1, ...options };
  }

  async open(): Promise<Database> {
    this.#database ??= await openDatabase("/db", { ...this.#options, fileSystem: this.#disk });
    return this.#database;
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await database?.close();
  }

  /** Closes it, which flushes, and opens it again. */
  async reopen(): Promise<Database> {
    await this.close();
    return this.open();
  }

  /** Opens it after a loss of power. */
  async losePower(): Promise<Database> {
    this.#disk = await FaultFileSystem.around(await this.#disk.crash(this.#random));
    this.#database = undefined;
    return this.open();
  }
}
