import { EngineError } from "../base/errors.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { type AggregateOperator, checkAggregate } from "./aggregate.ts";
import type { SearchAggregation, TopHits } from "./aggregate-search-request.ts";
import type { OrderKey } from "./order-rows.ts";
import type { OrderBy } from "./request.ts";
import { isSortable } from "./scalar-path.ts";

/** A level of an aggregation, checked and its fields found. */
export interface AggregationLevel {
  readonly fields: readonly Field[];
  readonly size: number;
  readonly searchSize: number;
  readonly metrics: readonly LevelMetric[];
  /** `sign` is -1 for descending. */
  readonly order: readonly { readonly key: string; readonly sign: 1 | -1 }[];
  readonly topHits: { readonly size: number; readonly sort: readonly HitOrder[] } | undefined;
}

export interface LevelMetric {
  readonly name: string;
  readonly operator: AggregateOperator;
  readonly source: "score" | "rows" | Field;
}

/** A criterion of the order of the hits of a bucket. */
export type HitOrder = { readonly score: 1 | -1 } | { readonly row: OrderKey };

/**
 * Checks an aggregation, and finds the fields of its levels, the outermost first. Throws
 * `invalid-parameter` with Milvus's texts.
 */
export function planLevels(
  schema: CollectionSchema,
  aggregation: SearchAggregation,
): AggregationLevel[] {
  const nested: SearchAggregation[] = [];
  for (let next: SearchAggregation | undefined = aggregation; next; next = next.sub) {
    if (nested.push(next) <= limits.aggregationLevels) continue;
    throw invalid(`search_aggregation nesting exceeds max ${limits.aggregationLevels} levels`);
  }
  const seen = new Set<string>();
  return nested.map((level) => planLevel(schema, level, seen));
}

function planLevel(
  schema: CollectionSchema,
  level: SearchAggregation,
  seen: Set<string>,
): AggregationLevel {
  const { fields: names, metrics = {}, order = [], topHits } = level;
  if (names.length === 0) throw invalid("group_by level has no fields");
  const size = sizeOf("search_aggregation size", level.size);
  const searchSize = sizeOf("search_aggregation search_size", level.searchSize || size);
  if (searchSize < size) {
    throw invalid("search_aggregation search_size must be greater than or equal to size");
  }
  const own = new Set<string>();
  const fields = names.map((name) => {
    const where = own.has(name) ? "in one level" : seen.has(name) ? "across levels" : undefined;
    if (where !== undefined) throw invalid(`duplicated group_by field "${name}" ${where}`);
    own.add(name);
    return bucketField(schema, name);
  });
  for (const name of own) seen.add(name);
  for (const { key } of order) {
    if (key !== "_count" && key !== "_key" && !Object.hasOwn(metrics, key)) {
      throw invalid(`order key "${key}" is neither reserved key nor metric alias`);
    }
  }
  return {
    fields,
    size,
    searchSize,
    metrics: Object.entries(metrics).map(([name, metric]) => planMetric(schema, name, metric)),
    order: order.map(({ key, direction = "desc" }) => ({
      key,
      sign: signOf(direction, `invalid order direction for key "${key}"`),
    })),
    topHits: topHits && planTopHits(schema, topHits),
  };
}

/** A size that is left out or 0 is 1. */
function sizeOf(name: string, size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return Math.max(1, size);
  throw invalid(`${name} must be non-negative`);
}

function signOf(direction: string, context: string): 1 | -1 {
  if (direction === "asc") return 1;
  if (direction === "desc") return -1;
  throw invalid(`${context}: direction must be asc or desc`);
}

function bucketField(schema: CollectionSchema, name: string): Field {
  const field = scalarField(schema, name, {
    missing: `invalid group_by field "${name}"`,
    usage: "group_by field",
  });
  if (field.type !== "Float" && field.type !== "Double") return field;
  throw invalid(
    `group_by field "${name}": FLOAT / DOUBLE fields are not supported with search_aggregation (BucketKeyEntry has no float variant; equality on floats is fragile)`,
  );
}

/** A field that is neither JSON nor a key of the dynamic field. */
function scalarField(
  schema: CollectionSchema,
  name: string,
  { missing, usage }: { readonly missing: string; readonly usage: string },
): Field {
  const [base] = name.split("[");
  const field = fieldNamed(schema, name) ?? fieldNamed(schema, base);
  if (field === undefined && !schema.dynamicField) {
    throw invalid(`${missing}: field "${name}" not found in schema`);
  }
  if (field !== undefined && field.type !== "JSON" && field.name === name) return field;
  throw invalid(
    `${usage} "${name}": JSON / dynamic fields are not yet supported with search_aggregation`,
  );
}

const operators: readonly AggregateOperator[] = ["avg", "sum", "count", "min", "max"];

function planMetric(
  schema: CollectionSchema,
  name: string,
  { operator, field }: { readonly operator: AggregateOperator; readonly field: string },
): LevelMetric {
  const context = `invalid metric "${name}"`;
  if (name.trim() === "") throw invalid("metric alias cannot be empty");
  if (!operators.includes(operator)) {
    throw invalid(`${context}: unsupported metric op "${String(operator)}"`);
  }
  if (field === "") throw invalid(`${context}: metric field_name is empty`);
  if (field === "_score") return { name, operator, source: "score" };
  if (field === "*") {
    if (operator === "count") return { name, operator, source: "rows" };
    throw invalid(`${context}: field_name '*' only supports count op`);
  }
  const source = scalarField(schema, field, {
    missing: context,
    usage: `${context}: metric field`,
  });
  checkAggregate(operator, source.type);
  return { name, operator, source };
}

function planTopHits(
  schema: CollectionSchema,
  { size, sort = [] }: TopHits,
): NonNullable<AggregationLevel["topHits"]> {
  return {
    size: sizeOf("top_hits size", size),
    sort: sort.map((criterion) => planSort(schema, criterion)),
  };
}

function planSort(schema: CollectionSchema, criterion: OrderBy): HitOrder {
  const { field: name, direction = "desc", nulls = "last" } = criterion;
  if (name === "") throw invalid("top_hits.sort field_name is empty");
  const context = `invalid top_hits.sort direction for "${name}"`;
  const sign = signOf(direction, context);
  if (name === "_score") return { score: sign };
  const field = scalarField(schema, name, {
    missing: `invalid top_hits.sort field "${name}"`,
    usage: "top_hits.sort field",
  });
  const path = { name, field };
  if (!isSortable(path)) {
    throw invalid(`top_hits.sort field "${name}" has type ${field.type} which is not sortable`);
  }
  return { row: { path, sign, nullSign: nulls === "last" ? 1 : -1 } };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
