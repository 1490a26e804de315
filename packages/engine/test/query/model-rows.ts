import fc from "fast-check";
import type { Collection, Database, Row } from "../../src/index.ts";

/** A row of the model, with what the collection knows of it. */
export interface ModelRow {
  readonly id: number;
  readonly group: string;
  /** `null` where the row has no value. */
  readonly rank: number | null;
  readonly price: number;
  readonly meta: { readonly [key: string]: string | number | boolean | null };
  readonly vector: readonly number[];
  readonly other: readonly number[];
}

const component = fc.integer({ min: -8, max: 8 });
const vector = fc.tuple(component, component, component);
const metaValue = fc.oneof(
  fc.constantFrom("a", "b", "c"),
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.constant(null),
);

const body = fc.record({
  group: fc.constantFrom("red", "green", "blue", "grey"),
  rank: fc.option(fc.integer({ min: -3, max: 3 }), { nil: null }),
  price: fc.double({ min: 0, max: 100, noNaN: true }),
  meta: fc.oneof(
    fc.record({ kind: metaValue }),
    fc.constant({} as { [key: string]: string | number | boolean | null }),
  ),
  vector,
  other: vector,
});

/** Rows in the order of their insertion, what is deleted of them, and where a flush cuts them. */
export interface ModelRows {
  readonly rows: readonly ModelRow[];
  readonly deleted: ReadonlySet<number>;
  /** Rows before it are in sealed segments. */
  readonly sealed: number;
}

export const arbitraryRows: fc.Arbitrary<ModelRows> = fc
  .array(body, { minLength: 1, maxLength: 60 })
  .chain((bodies) =>
    fc.record({
      rows: fc.constant(bodies.map((row, i) => ({ id: i + 1, ...row }))),
      deleted: fc.uniqueArray(fc.integer({ min: 1, max: bodies.length }), { maxLength: 8 }),
      sealed: fc.integer({ min: 0, max: bodies.length }),
    }),
  )
  .map(({ rows, deleted, sealed }) => ({ rows, deleted: new Set(deleted), sealed }));

/** A collection with the rows of a model: some sealed, some growing, some deleted. */
export async function collectionOf(
  db: Database,
  { rows, deleted, sealed }: ModelRows,
): Promise<Collection> {
  const collection = await db.createCollection({
    name: "rows",
    dynamicField: true,
    fields: [
      { name: "id", type: "Int64", primaryKey: true },
      { name: "group", type: "VarChar", maxLength: 16 },
      { name: "rank", type: "Int16", nullable: true },
      { name: "price", type: "Double" },
      { name: "vector", type: "FloatVector", dim: 3 },
      { name: "other", type: "FloatVector", dim: 3 },
    ],
    indexes: [
      { field: "vector", type: "FLAT", metric: "L2" },
      { field: "other", type: "FLAT", metric: "IP" },
    ],
  });
  const insert = async (part: readonly ModelRow[]): Promise<void> => {
    if (part.length > 0) await collection.insert(part.map(rowOf));
  };
  await insert(rows.slice(0, sealed));
  await collection.flush();
  await insert(rows.slice(sealed));
  if (deleted.size > 0) await collection.delete({ keys: [...deleted].map(BigInt) });
  return collection;
}

function rowOf({ meta, ...row }: ModelRow): Row {
  return { ...row, ...meta };
}

/** The rows that reads see. */
export function living({ rows, deleted }: ModelRows): ModelRow[] {
  return rows.filter(({ id }) => !deleted.has(id));
}

/** Squared distance, in the 32-bit floats that scores are. */
export function distance(a: readonly number[], b: readonly number[]): number {
  return Math.fround(a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0));
}

export function product(a: readonly number[], b: readonly number[]): number {
  return Math.fround(a.reduce((sum, x, i) => sum + x * b[i], 0));
}
