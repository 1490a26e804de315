import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type BucketMetric,
  type BucketValue,
  type Collection,
  type Field,
  gatherColumn,
  infoOf,
  limits,
  primaryKeyOf,
  type SearchAggregation,
  type SearchBucket,
  type SearchHit,
  type Value,
} from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import type { SearchAggregationSpec, SortSpec } from "../wire/gen/common_pb.ts";
import { type AggBucket, AggBucketSchema } from "../wire/gen/schema_pb.ts";
import { encodeSearchAnswer, type SearchAnswer } from "./answer.ts";
import type { Call } from "./method.ts";
import { searchPrefixes, withPrefixes } from "./read-errors.ts";
import type { PlainSearch } from "./search-parameters.ts";

interface AskedAggregation {
  readonly search: PlainSearch;
  readonly aggregation: SearchAggregationSpec;
  readonly answer: SearchAnswer;
}

/** Answers a search as buckets: the hits themselves are only shown in them. */
export async function answerAggregation(
  collection: Collection,
  { search: { orderBy: _, ...search }, aggregation, answer }: AskedAggregation,
  { signal }: Call,
): Promise<Uint8Array> {
  checkShown(collection, answer.outputFields);
  const { buckets, at } = await withPrefixes(searchPrefixes, () =>
    collection.aggregateSearch({
      ...search,
      aggregation: aggregationOf(aggregation),
      ...(signal && { signal }),
    }),
  );
  const nothing = {
    counts: new Uint32Array(buckets.length),
    keys: gatherColumn(primaryKeyOf(collection.schema), [], { from: [], rows: [] }),
    scores: new Float32Array(0),
    fields: [],
    at,
  };
  const fields = new Map(collection.schema.fields.map((field) => [field.name, field]));
  return encodeSearchAnswer(collection, nothing, {
    ...answer,
    buckets: {
      messages: buckets.flat().map((bucket) => wireBucket(bucket, fields)),
      counts: Uint32Array.from(buckets, ({ length }) => length),
    },
  });
}

/** Hits in buckets show scalars only: the message has no form for others. Throws `MilvusError`. */
function checkShown({ schema }: Collection, names: readonly string[]): void {
  for (const name of names) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    const layout = field && infoOf(field.type).layout;
    if (layout === "fixed" || layout === "bytes") continue;
    throw unsupported(`output field ${name} of a search_aggregation`);
  }
}

function aggregationOf(spec: SearchAggregationSpec, depth = 1): SearchAggregation {
  if (depth > limits.aggregationLevels) {
    throw invalidParameter(
      `search_aggregation nesting exceeds max ${limits.aggregationLevels} levels`,
    );
  }
  const { fields, size, searchSize, metrics, order, topHits, subAggregation } = spec;
  return {
    fields,
    size: Number(size),
    searchSize: Number(searchSize),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, { op, fieldName }]): [string, BucketMetric] => [
        name,
        // The engine refuses operators that it does not know.
        { operator: op.trim().toLowerCase() as "count", field: fieldName.trim() },
      ]),
    ),
    order: order.map(({ key, direction }) => ({ key: key.trim(), ...directionOf(direction) })),
    ...(topHits && {
      topHits: { size: Number(topHits.size), sort: topHits.sort.map(sortOf) },
    }),
    ...(subAggregation && { sub: aggregationOf(subAggregation, depth + 1) }),
  };
}

function sortOf({ fieldName, direction, nullFirst }: SortSpec) {
  const nulls = nullFirst ? ("first" as const) : ("last" as const);
  return { field: fieldName.trim(), nulls, ...directionOf(direction) };
}

function directionOf(text: string): { readonly direction?: "asc" } {
  const direction = text.trim().toLowerCase();
  // The engine refuses directions that it does not know.
  return direction === "" ? {} : { direction: direction as "asc" };
}

type WireBucket = MessageInitShape<typeof AggBucketSchema>;

function wireBucket(bucket: SearchBucket, fields: ReadonlyMap<string, Field>): AggBucket {
  return create(AggBucketSchema, bucketInit(bucket, fields));
}

function bucketInit(
  { key, count, metrics, hits, buckets }: SearchBucket,
  fields: ReadonlyMap<string, Field>,
): WireBucket {
  return {
    key: key.map(({ field, value }) => ({
      fieldId: BigInt(field.id),
      fieldName: field.name,
      value: keyValue(value),
    })),
    count: BigInt(count),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [name, { value: metricValue(value) }]),
    ),
    hits: hits.map((hit) => ({
      pk:
        typeof hit.key === "bigint"
          ? { case: "intPk" as const, value: hit.key }
          : { case: "strPk" as const, value: hit.key },
      score: hit.score,
      fields: hitFields(hit, fields),
    })),
    subGroups: buckets.map((bucket) => bucketInit(bucket, fields)),
  };
}

function keyValue(value: BucketValue) {
  if (value === null) return { case: undefined };
  if (typeof value === "string") return { case: "stringVal" as const, value };
  if (typeof value === "boolean") return { case: "boolVal" as const, value };
  return { case: "intVal" as const, value: BigInt(value) };
}

function metricValue(value: BucketValue) {
  if (value === null) return { case: undefined };
  return typeof value === "number" ? { case: "doubleVal" as const, value } : plainValue(value);
}

function plainValue(value: string | boolean | bigint) {
  switch (typeof value) {
    case "string":
      return { case: "stringVal" as const, value };
    case "boolean":
      return { case: "boolVal" as const, value };
    default:
      return { case: "intVal" as const, value };
  }
}

function hitFields({ fields: values }: SearchHit, fields: ReadonlyMap<string, Field>) {
  return Object.entries(values).flatMap(([name, value]) => {
    const field = fields.get(name);
    if (field === undefined || value === null) return [];
    return { fieldId: BigInt(field.id), fieldName: name, value: hitValue(field, value) };
  });
}

function hitValue({ type }: Field, value: Value) {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return plainValue(value);
    case "number":
      if (infoOf(type).family === "integer")
        return { case: "intVal" as const, value: BigInt(value) };
      return type === "Float"
        ? { case: "floatVal" as const, value }
        : { case: "doubleVal" as const, value };
    default:
      return { case: "bytesVal" as const, value: Buffer.from(JSON.stringify(value)) };
  }
}
