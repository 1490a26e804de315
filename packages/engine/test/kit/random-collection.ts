import {
  type Collection,
  type CollectionDefinition,
  type Database,
  openDatabase,
} from "../../src/index.ts";
import { checkReads, newestOf } from "./check-reads.ts";
import { FaultFileSystem } from "./fault-file-system.ts";
import { structKind } from "./field-kind.ts";
import {
  baseField,
  definitionOf,
  indexOf,
  isOptional,
  isSearched,
  type Key,
  type ModelField,
  type ModelRow,
  omit,
  randomField,
  type Values,
} from "./model-row.ts";
import { pick, type Random, seededRandom } from "./random.ts";

const ttlMs = 60_000;

/** What can happen to a collection. */
export const steps = [
  "insert",
  "insert",
  "insert",
  "upsert",
  "upsert",
  "update",
  "update",
  "delete",
  "delete",
  "deleteWhere",
  "addField",
  "dropField",
  "switchDynamic",
  "flush",
  "flush",
  "compact",
  "reopen",
  "losePower",
  "release",
  "wait",
  "wait",
  "truncate",
] as const;
export type Step = (typeof steps)[number];

/**
 * A collection of a random schema, under random operations, beside a plain list of its rows. What
 * every operation does is drawn from a seed of its own, so that a failure still fails without others.
 */
export class RandomCollection {
  readonly #keyType: "Int64" | "VarChar";
  readonly #hasTenants: boolean;
  readonly #expires: "never" | "by age" | "by field";
  #isDynamic: boolean;
  readonly #fields: ModelField[] = [];
  #rows: ModelRow[] = [];
  #nowMs = 1_700_000_000_000;
  #disk = new FaultFileSystem();
  #database: Database | undefined;

  constructor(seed: number) {
    const random = seededRandom(seed);
    this.#keyType = pick(random, ["Int64", "VarChar"]);
    this.#hasTenants = random() < 0.4;
    this.#expires = pick(random, ["never", "by age", "by field"]);
    this.#isDynamic = random() < 0.5;
    for (let i = 0; i < 3; i++) this.#fields.push(randomField(random, `x${i}`, false));
  }

  async run(step: Step, seed: number): Promise<void> {
    const random = seededRandom(seed);
    // Its definition is that of the model, before any step.
    await this.#collection();
    switch (step) {
      case "insert":
        return this.#insert(random);
      case "upsert":
        return this.#upsert(random);
      case "update":
        return this.#update(random);
      case "delete":
        return this.#delete(random);
      case "deleteWhere":
        return this.#deleteWhere(random);
      case "addField":
        return this.#addField(random);
      case "dropField":
        return this.#dropField(random);
      case "switchDynamic":
        return this.#switchDynamic();
      case "truncate":
        await (await this.#collection()).truncate();
        this.#rows = [];
        return;
      case "wait":
        this.#nowMs += Math.floor(random() * ttlMs);
        return;
      default:
        return this.#disturb(step, random);
    }
  }

  /** What changes nothing that a read sees. */
  async #disturb(
    step: "flush" | "compact" | "reopen" | "losePower" | "release",
    random: Random,
  ): Promise<void> {
    const collection = await this.#collection();
    switch (step) {
      case "flush":
        return collection.flush();
      case "compact":
        return collection.compact();
      case "reopen":
        return this.close();
      case "losePower":
        this.#disk = await FaultFileSystem.around(await this.#disk.crash(random));
        this.#database = undefined;
        return;
      case "release":
        await collection.release();
        return collection.load(undefined, ["base"]);
    }
  }

  async close(): Promise<void> {
    const database = this.#database;
    this.#database = undefined;
    await database?.close();
  }

  async #collection(): Promise<Collection> {
    this.#database ??= await openDatabase("/db", {
      fileSystem: this.#disk,
      maintenance: false,
      threads: 1,
      clock: { nowMs: () => this.#nowMs },
    });
    if (this.#database.hasCollection("rows")) return this.#database.collection("rows");
    const collection = await this.#database.createCollection(this.#definition());
    if (!this.#hasTenants) await collection.createPartition("other");
    return collection;
  }

  #definition(): CollectionDefinition {
    const plain = this.#fields.filter(({ kind }) => kind !== structKind);
    return {
      name: "rows",
      fields: [
        {
          name: "key",
          type: this.#keyType,
          primaryKey: true,
          ...(this.#keyType === "VarChar" && { maxLength: 9 }),
        },
        { name: "until", type: "Timestamptz", nullable: true },
        { name: "tenant", type: "Int64", partitionKey: this.#hasTenants },
        { name: "base", type: "FloatVector", dim: 2 },
        ...plain.map(definitionOf),
      ],
      structs: this.#fields
        .filter(({ kind }) => kind === structKind)
        .map(({ name, nullable }) => ({ name, nullable, fields: structKind.fields })),
      dynamicField: this.#isDynamic,
      indexes: [baseField, ...this.#fields].filter(isSearched).map(indexOf),
      ...(this.#hasTenants && { numPartitions: 3 }),
      properties: {
        ...(this.#expires === "by age" && { "collection.ttl.seconds": String(ttlMs / 1000) }),
        ...(this.#expires === "by field" && { ttl_field: "until" }),
      },
    };
  }

  #keyOf(i: number): Key {
    return this.#keyType === "Int64" ? BigInt(i) : `k${i}`;
  }

  #randomKeys(random: Random): Key[] {
    return Array.from({ length: 1 + Math.floor(random() * 5) }, () =>
      this.#keyOf(Math.floor(random() * 12)),
    );
  }

  #randomValues(random: Random): Record<string, unknown> {
    const values: Record<string, unknown> = {
      tenant: BigInt(Math.floor(random() * 5)),
      base: Float32Array.of(random(), random()),
      until: random() < 0.4 ? null : this.#timeFromNow(random() * ttlMs),
    };
    for (const field of this.#fields) {
      const isNull = field.nullable && random() < 0.3;
      values[field.name] = isNull ? null : pick(random, field.kind.values);
    }
    if (this.#isDynamic && random() < 0.7) values["extra"] = Math.floor(random() * 3);
    return values;
  }

  #timeFromNow(ms: number): string {
    return new Date(this.#nowMs + Math.floor(ms)).toISOString().replace(/\.?0*Z$/, "Z");
  }

  #newRows(random: Random, keys: readonly Key[], partition: string): ModelRow[] {
    return keys.map((key) => ({
      key,
      writtenMs: this.#nowMs,
      partition,
      values: this.#stored(this.#randomValues(random)),
    }));
  }

  /** Values as they are kept: in place of nulls there are defaults. */
  #stored(values: Values): Values {
    const stored: Record<string, unknown> = { ...values };
    for (const { name, absent } of this.#fields) stored[name] ??= absent;
    return stored;
  }

  #partition(random: Random): string {
    return this.#hasTenants || random() < 0.6 ? "_default" : "other";
  }

  async #insert(random: Random): Promise<void> {
    const partition = this.#partition(random);
    const keys = this.#randomKeys(random);
    // Of rows with one key in one write, in several partitions, none is the newest.
    const distinct = this.#hasTenants ? [...new Set(keys)] : keys;
    const rows = this.#newRows(random, distinct, partition);
    await (await this.#collection()).insert(...this.#written(rows, partition));
    this.#rows.push(...rows);
  }

  async #upsert(random: Random): Promise<void> {
    const partition = this.#partition(random);
    const keys = [...new Set(this.#randomKeys(random))];
    const rows = this.#newRows(random, keys, partition);
    await (await this.#collection()).upsert(...this.#written(rows, partition));
    this.#rows = [...this.#without(keys), ...rows];
  }

  #written(rows: readonly ModelRow[], partition: string): [Values[], string | undefined] {
    return [
      rows.map(({ key, values }) => ({ key, ...values })),
      partition === "_default" ? undefined : partition,
    ];
  }

  #without(keys: readonly Key[]): ModelRow[] {
    return this.#rows.filter(({ key }) => !keys.includes(key));
  }

  /** Some fields of rows, which may be new where all that is left out may be. */
  async #update(random: Random): Promise<void> {
    const alive = newestOf(this.#alive());
    const isNewAllowed = random() < 0.3;
    const keys = [...new Set(this.#randomKeys(random))].filter(
      (key) => isNewAllowed || alive.has(key),
    );
    if (keys.length === 0) return;
    const given = this.#randomValues(random);
    const isGiven = (name: string): boolean =>
      random() < 0.4 ||
      (isNewAllowed && !this.#fields.some((field) => field.name === name && isOptional(field)));
    const changes = Object.fromEntries(Object.entries(given).filter(([name]) => isGiven(name)));
    await (await this.#collection()).update(keys.map((key) => ({ key, ...changes })));
    const rows = keys.map((key) => {
      const before = alive.get(key);
      return {
        key,
        writtenMs: this.#nowMs,
        partition: before?.partition ?? "_default",
        values: this.#stored({ until: null, ...before?.values, ...changes }),
      };
    });
    this.#rows = [...this.#without(keys), ...rows];
  }

  async #delete(random: Random): Promise<void> {
    const keys = this.#randomKeys(random);
    const partition = this.#hasTenants || random() < 0.7 ? undefined : this.#partition(random);
    await (await this.#collection()).delete({ keys }, partition);
    this.#rows = this.#rows.filter(
      (row) => !keys.includes(row.key) || (partition !== undefined && row.partition !== partition),
    );
  }

  async #deleteWhere(random: Random): Promise<void> {
    const tenant = Math.floor(random() * 5);
    await (await this.#collection()).delete({ filter: `tenant == ${tenant}` });
    const keys = this.#alive()
      .filter(({ values }) => values["tenant"] === BigInt(tenant))
      .map(({ key }) => key);
    this.#rows = this.#without(keys);
  }

  async #addField(random: Random): Promise<void> {
    const name = ["x0", "x1", "x2", "x3"].find((free) =>
      this.#fields.every((field) => field.name !== free),
    );
    if (name === undefined) return;
    const field = randomField(random, name, true);
    const collection = await this.#collection();
    if (field.kind === structKind) {
      await collection.addStruct({ name, nullable: true, fields: structKind.fields });
    } else {
      await collection.addField(definitionOf(field));
    }
    if (isSearched(field)) await collection.createIndex(indexOf(field));
    this.#fields.push(field);
    this.#rows = this.#rows.map((row) => ({ ...row, values: this.#stored(row.values) }));
  }

  async #dropField(random: Random): Promise<void> {
    if (this.#fields.length === 0) return;
    const [{ name }] = this.#fields.splice(Math.floor(random() * this.#fields.length), 1);
    await (await this.#collection()).dropField(name);
    this.#rows = this.#rows.map((row) => ({ ...row, values: omit(row.values, name) }));
  }

  async #switchDynamic(): Promise<void> {
    this.#isDynamic = !this.#isDynamic;
    await (await this.#collection()).setDynamicField(this.#isDynamic);
    if (this.#isDynamic) return;
    this.#rows = this.#rows.map((row) => ({ ...row, values: omit(row.values, "extra") }));
  }

  #alive(): ModelRow[] {
    return this.#rows.filter(({ writtenMs, values }) => {
      if (this.#expires === "by age") return writtenMs >= this.#nowMs - ttlMs;
      const { until } = values;
      return this.#expires === "never" || until === null || Date.parse(`${until}`) > this.#nowMs;
    });
  }

  async check(seed: number): Promise<void> {
    const state = {
      fields: this.#fields,
      isDynamic: this.#isDynamic,
      hasPartitions: !this.#hasTenants,
      rows: this.#alive(),
    };
    await checkReads(await this.#collection(), state, seededRandom(seed));
  }
}
