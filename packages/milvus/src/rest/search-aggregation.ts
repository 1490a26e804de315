import type { MessageInitShape } from "@bufbuild/protobuf";
import { invalidParameter } from "../errors.ts";
import type { SearchAggregationSpecSchema } from "../wire/gen/common_pb.ts";
import type { AggBucket, AggHit, SearchResultData } from "../wire/gen/schema_pb.ts";
import type { RowOptions } from "./answer-rows.ts";
import {
  type BodyShape,
  bodyShape,
  int64,
  isJsonObject,
  type JsonRecord,
  listOf,
  nested,
  optional,
  record,
  text,
  texts,
} from "./body-shape.ts";
import { shortFloat } from "./short-float.ts";

const metric = bodyShape("MetricReq", { op: text(), fieldName: text() });

/** The `searchAggregation` of a search. */
export interface Aggregation {
  readonly fields: readonly string[];
  readonly size: bigint;
  readonly searchSize: bigint;
  readonly metrics: JsonRecord;
  readonly order: readonly { readonly key: string; readonly direction: string }[];
  readonly topHits: TopHits | undefined;
  /** Read when the one around it has been. */
  readonly subAggregation: JsonRecord;
}

interface TopHits {
  readonly size: bigint;
  readonly sort: readonly { readonly fieldName: string; readonly direction: string }[];
}

export const aggregationShape: BodyShape<Aggregation> = bodyShape("SearchAggregationReq", {
  fields: texts(),
  size: int64(),
  searchSize: int64(),
  metrics: record(),
  order: listOf(nested(bodyShape("OrderReq", { key: text(), direction: text() }))),
  topHits: optional(
    bodyShape("TopHitsReq", {
      size: int64(),
      sort: listOf(nested(bodyShape("SortReq", { fieldName: text(), direction: text() }))),
    }),
  ),
  subAggregation: record(),
});

type SpecInit = MessageInitShape<typeof SearchAggregationSpecSchema>;

/** An aggregation as a message. Throws `RestError` and `MilvusError`. */
export function aggregationOf(body: Aggregation): SpecInit {
  const fields = body.fields.map((field) => field.trim());
  if (fields.length === 0) throw invalid("fields must be non-empty");
  if (fields.includes("")) throw invalid("fields must contain non-empty field names");
  checkSizes(body);
  const { topHits, subAggregation } = body;
  if (topHits !== undefined && topHits.size <= 0n) throw invalid("topHits.size must be positive");
  const hasInner = Object.keys(subAggregation).length > 0;
  return {
    fields,
    size: body.size,
    searchSize: body.searchSize,
    metrics: metricsOf(body),
    order: body.order.map(({ key, direction }) => ({
      key: filled(key, "order key"),
      direction: filled(direction, "order direction"),
    })),
    ...(topHits === undefined ? {} : { topHits: topHitsOf(topHits) }),
    ...(hasInner ? { subAggregation: aggregationOf(aggregationShape.read(subAggregation)) } : {}),
  };
}

function checkSizes({ size, searchSize }: Aggregation): void {
  if (size <= 0n) throw invalid("size must be positive");
  if (searchSize < 0n) throw invalid("searchSize must be non-negative");
  if (searchSize > 0n && searchSize < size) {
    throw invalid("searchSize must be greater than or equal to size");
  }
}

function metricsOf({ metrics }: Aggregation): Record<string, { op: string; fieldName: string }> {
  const entries = Object.entries(metrics).map(([name, value]) => {
    const alias = filled(name, "metrics alias");
    const { op, fieldName } = metric.read(isJsonObject(value) ? value : {});
    const spec = {
      op: filled(op, `metrics.${alias}.op`),
      fieldName: filled(fieldName, `metrics.${alias}.fieldName`),
    };
    return [alias, spec] as const;
  });
  return Object.fromEntries(entries);
}

function topHitsOf({ size, sort }: TopHits) {
  return {
    size,
    sort: sort.map(({ fieldName, direction }) => ({
      fieldName: filled(fieldName, "topHits.sort fieldName"),
      direction: filled(direction, "topHits.sort direction"),
    })),
  };
}

function filled(given: string, what: string): string {
  const value = given.trim();
  if (value !== "") return value;
  throw invalid(`${what} must be non-empty`);
}

function invalid(reason: string): Error {
  return invalidParameter(`searchAggregation.${reason}`);
}

/** The buckets of each vector of a search. */
export function answerBuckets(results: SearchResultData, options: RowOptions): object[] {
  let start = 0;
  return results.aggTopks.map((count) => {
    const end = start + Number(count);
    const buckets = results.aggBuckets.slice(start, end).map((item) => bucketOf(item, options));
    start = end;
    return { buckets };
  });
}

function bucketOf(bucket: AggBucket, options: RowOptions): object {
  return {
    key: bucket.key.map(({ fieldName, fieldId, value }) => ({
      fieldName: fieldName === "" ? `${fieldId}` : fieldName,
      fieldId: plain(fieldId, options),
      value: plain(value.value, options),
    })),
    count: plain(bucket.count, options),
    metrics: Object.fromEntries(
      Object.entries(bucket.metrics).map(([alias, { value }]) => [
        alias,
        plain(value.value, options),
      ]),
    ),
    hits: bucket.hits.map((hit) => hitOf(hit, options)),
    subGroups: bucket.subGroups.map((inner) => bucketOf(inner, options)),
  };
}

function hitOf(hit: AggHit, options: RowOptions): object {
  const key = options.schema.fields.find((field) => field.isPrimaryKey)?.name ?? "id";
  const values = hit.fields.map(({ fieldName, fieldId, value }): [string, unknown] => [
    fieldName === "" ? `${fieldId}` : fieldName,
    value.case === "floatVal" ? shortFloat(value.value) : plain(value.value, options),
  ]);
  return Object.fromEntries([
    [key, plain(hit.pk.value, options)],
    ["distance", shortFloat(hit.score)],
    ...values,
  ]);
}

function plain(value: unknown, { int64AsText }: RowOptions): unknown {
  if (typeof value === "bigint" && int64AsText) return `${value}`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value ?? null;
}
