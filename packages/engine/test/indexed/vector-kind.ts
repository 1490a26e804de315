import type { FieldDefinition, Metric, SearchRequest } from "../../src/index.ts";
import type { Field } from "../../src/schema/collection-schema.ts";
import type { SparseColumn, VectorColumn } from "../../src/schema/column.ts";
import { columnOf } from "../../src/schema/column-of-values.ts";
import { bfloat16ToNumber, float16ToNumber } from "../../src/schema/half-precision.ts";
import { seededRandom } from "../kit/random.ts";
import { clusteredVectors } from "./sample-vectors.ts";

/** Vectors of one type: as rows carry them, to search for, and what they mean. */
export interface VectorKind {
  readonly field: FieldDefinition;
  /** The vector of row i, as rows carry it. */
  readonly value: (i: number) => unknown;
  readonly queryCount: number;
  readonly queries: NonNullable<SearchRequest["vectors"]>;
  /** The score of row i for query q, by its definition. */
  readonly score: (metric: Metric, q: number, i: number) => number;
}

/** A field as `defineSchema` makes it, which is all that columns need. */
function fieldOf(given: FieldDefinition): Field {
  const flags = { id: 100, description: "", primaryKey: false, autoId: false, nullable: true };
  const { name, type, dim } = given;
  return { name, type, ...flags, ...(dim !== undefined && { dim }) };
}

type DenseType = "FloatVector" | "Float16Vector" | "BFloat16Vector" | "Int8Vector";

/** The kind with each score worked out once. */
function remembered(kind: VectorKind): VectorKind {
  const known = new Map<string, number[]>();
  const score = (metric: Metric, q: number, i: number): number => {
    const name = `${metric} ${q}`;
    const scores = known.get(name) ?? [];
    known.set(name, scores);
    scores[i] ??= kind.score(metric, q, i);
    return scores[i];
  };
  return { ...kind, score };
}

/** Clustered vectors whose values are those that the type can hold. */
export function denseKind(type: DenseType, rowCount: number, dim: number): VectorKind {
  const field = { name: "vector", type, dim };
  const queryCount = 5;
  const scale = type === "Int8Vector" ? 20 : 1;
  const round = (x: number): number =>
    type === "Int8Vector" ? Math.max(-128, Math.min(127, Math.round(x * scale))) : x;
  const sample = clusteredVectors(rowCount + queryCount, dim, { seed: 5, clusters: 25 }).map(round);
  const rowOf = (i: number): number[] => [...sample.subarray(i * dim, (i + 1) * dim)];
  const all = Array.from({ length: rowCount + queryCount }, (_, i) => rowOf(i));
  const column = columnOf(fieldOf(field), all) as VectorColumn;
  const floats = floatsOf(column);
  const queryRows = all
    .slice(rowCount)
    .map((row) => row.map((x, i) => round(x / scale + 0.1 * Math.sin(i))));
  const queries = columnOf(fieldOf(field), queryRows) as VectorColumn;
  const queryFloats = floatsOf(queries);
  return remembered({
    field,
    value: (i) => all[i],
    queryCount,
    queries,
    score: (metric, q, i) =>
      denseScore(
        metric,
        queryFloats.subarray(q * dim, (q + 1) * dim),
        floats.subarray(i * dim, (i + 1) * dim),
      ),
  });
}

function floatsOf({ element, values }: VectorColumn): Float32Array {
  if (element === "float16") return Float32Array.from(values, (bits) => float16ToNumber(bits));
  if (element === "bfloat16") return Float32Array.from(values, (bits) => bfloat16ToNumber(bits));
  return Float32Array.from(values);
}

function denseScore(metric: Metric, query: Float32Array, row: Float32Array): number {
  let [product, distance, querySquare, rowSquare] = [0, 0, 0, 0];
  for (let i = 0; i < query.length; i++) {
    product += query[i] * row[i];
    distance += (query[i] - row[i]) ** 2;
    querySquare += query[i] ** 2;
    rowSquare += row[i] ** 2;
  }
  if (metric === "L2") return distance;
  return metric === "IP" ? product : product / Math.sqrt(querySquare * rowSquare);
}

/** Bits in clusters: rows differ from one of some centres in a few percent of them. */
export function binaryKind(rowCount: number, dim: number): VectorKind {
  const random = seededRandom(9);
  const queryCount = 5;
  const bytes = dim / 8;
  const centres = Array.from({ length: 20 }, () =>
    Uint8Array.from({ length: bytes }, () => 256 * random()),
  );
  const noisy = (centre: Uint8Array): Uint8Array =>
    centre.map((byte) => (random() < 0.2 ? byte ^ (1 << Math.floor(8 * random())) : byte));
  const rows = Array.from({ length: rowCount }, (_, i) => noisy(centres[i % centres.length]));
  const queries = Array.from({ length: queryCount }, (_, q) => noisy(centres[q]));
  return remembered({
    field: { name: "vector", type: "BinaryVector", dim },
    value: (i) => rows[i],
    queryCount,
    queries: binaryQueries(queries, dim),
    score: (metric, q, i) => binaryScore(metric, queries[q], rows[i]),
  });
}

/** Sets of few bits, so that some contain others. */
export function bitSetKind(rowCount: number, dim: number): VectorKind {
  const random = seededRandom(3);
  const setOf = (bitCount: number): Uint8Array => {
    const set = new Uint8Array(dim / 8);
    for (let i = 0; i < bitCount; i++) {
      const bit = Math.floor(dim * random());
      set[bit >> 3] |= 1 << (bit & 7);
    }
    return set;
  };
  const rows = Array.from({ length: rowCount }, (_, i) => setOf(1 + (i % 40)));
  const queries = Array.from({ length: 4 }, (_, q) => setOf(2 + 20 * (q % 2)));
  return remembered({
    field: { name: "vector", type: "BinaryVector", dim },
    value: (i) => rows[i],
    queryCount: queries.length,
    queries: binaryQueries(queries, dim),
    score: (metric, q, i) => binaryScore(metric, queries[q], rows[i]),
  });
}

function binaryQueries(queries: readonly Uint8Array[], dim: number): VectorColumn {
  const values = new Uint8Array((queries.length * dim) / 8);
  for (const [q, query] of queries.entries()) values.set(query, (q * dim) / 8);
  return { layout: "vector", element: "bit", rowCount: queries.length, dim, values };
}

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => {
  return byte.toString(2).replaceAll("0", "").length;
});

/** By the definitions; infinite for a row that is not found. */
function binaryScore(metric: Metric, a: Uint8Array, b: Uint8Array): number {
  const counts = { differing: 0, both: 0, either: 0, equal: 0 };
  for (let i = 0; i < a.length; i++) {
    counts.differing += bitCounts[a[i] ^ b[i]];
    counts.both += bitCounts[a[i] & b[i]];
    counts.either += bitCounts[a[i] | b[i]];
    if (a[i] === b[i]) counts.equal++;
  }
  switch (metric) {
    case "HAMMING":
      return counts.differing;
    case "JACCARD":
      return 1 - counts.both / counts.either;
    case "SUBSTRUCTURE":
      return a.every((byte, i) => (byte & ~b[i]) === 0) ? 0 : Number.POSITIVE_INFINITY;
    case "SUPERSTRUCTURE":
      return a.every((byte, i) => (b[i] & ~byte) === 0) ? 0 : Number.POSITIVE_INFINITY;
    default:
      // Of signatures whose elements have eight bits.
      return counts.equal > 0 ? counts.equal / a.length : Number.NEGATIVE_INFINITY;
  }
}

/** Like texts: few terms a row, some of them frequent. Some rows have none. */
export function sparseKind(rowCount: number): VectorKind {
  const random = seededRandom(11);
  const vectorOf = (length: number): Map<number, number> => {
    const vector = new Map<number, number>();
    for (let i = 0; i < length; i++) {
      const term = Math.floor(2_000 ** random());
      vector.set(term === 1 ? 4_000_000_000 : term, Math.fround(0.1 + random()));
    }
    return vector;
  };
  const rows = Array.from({ length: rowCount }, (_, i) => vectorOf(i % 97 === 0 ? 0 : 30));
  const queries = Array.from({ length: 8 }, () => vectorOf(12));
  const values = queries.map((query) => [...query]);
  return remembered({
    field: { name: "vector", type: "SparseFloatVector" },
    value: (i) => [...rows[i]],
    queryCount: queries.length,
    queries: columnOf(
      fieldOf({ name: "vector", type: "SparseFloatVector" }),
      values,
    ) as SparseColumn,
    score: (_, q, i) => {
      let sum = 0;
      for (const [term, value] of queries[q]) sum += value * (rows[i].get(term) ?? 0);
      // A row that has nothing of the query is not found.
      return sum > 0 ? sum : Number.NEGATIVE_INFINITY;
    },
  });
}
