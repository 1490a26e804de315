import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { type Metric, metrics } from "../base/metric.ts";
import { type IndexType, indexTypesNamed } from "../index/index-type.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { infoOf } from "../schema/data-type.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import { checkName } from "../schema/name.ts";

/** What a caller gives to define an index. */
export interface IndexDefinition {
  readonly field: string;
  /** The field's name when absent. */
  readonly name?: string;
  /** Milvus's name of the index type; `AUTOINDEX` when absent. */
  readonly type?: string;
  /** For vector fields; `COSINE` when absent. */
  readonly metric?: Metric;
  /** Build parameters, kept as they were given. */
  readonly params?: Readonly<Record<string, string>>;
}

/** An index as the manifest holds it. */
export interface StoredIndex {
  readonly id: number;
  readonly name: string;
  readonly field: string;
  readonly type: string;
  readonly metric?: Metric;
  readonly params: Readonly<Record<string, string>>;
}

/** An index and how far it is. */
export interface IndexInfo extends StoredIndex {
  /** The structure that answers in its place: `FLAT` is the exact scan of the rows. */
  readonly servedBy: IndexType["servedBy"];
  /** Rows that it covers: all, since the rows themselves are searched. */
  readonly rowCount: number;
}

/**
 * Checks a definition and completes it. `undefined` when the same index is there already.
 * Throws `invalid-parameter`, `field-not-found`, `index-conflict` or `metric-mismatch`.
 */
export function defineIndex(
  schema: CollectionSchema,
  existing: readonly StoredIndex[],
  definition: IndexDefinition,
  id: number,
): StoredIndex | undefined {
  const field = indexedField(schema, definition.field);
  const name = definition.name || field.name;
  checkName("index", name);
  const index: StoredIndex = {
    id,
    name,
    field: field.name,
    params: definition.params ?? {},
    ...resolveType(field, definition),
  };
  const onField = existing.find((other) => other.field === field.name);
  if (onField !== undefined) {
    if (isSame(onField, index)) return undefined;
    throw new EngineError("index-conflict", "at most one distinct index is allowed per field", {
      details: { field: field.name, index: onField.name },
    });
  }
  if (existing.some((other) => other.name === name)) {
    throw new EngineError("index-conflict", `index name ${name} is used by another field`, {
      details: { field: field.name, index: name },
    });
  }
  return index;
}

function indexedField(schema: CollectionSchema, name: string): Field {
  const field = fieldNamed(schema, name);
  if (field !== undefined) return field;
  throw new EngineError("field-not-found", `cannot create index on non-exist field: ${name}`, {
    details: { field: name },
  });
}

function resolveType(
  field: Field,
  { type = "AUTOINDEX", metric }: IndexDefinition,
): Pick<StoredIndex, "type" | "metric"> {
  if (indexTypesNamed(type).length === 0) {
    throw new EngineError("invalid-parameter", "", {
      details: { expected: "valid index", actual: `invalid index type: ${type}` },
    });
  }
  if (indexTypeFor(field, type) === undefined) {
    throw new EngineError(
      "invalid-parameter",
      `data type ${field.type} can't build with this index ${type}`,
      { details: { field: field.name, index: type } },
    );
  }
  const isVector = infoOf(field.type).family === "vector";
  return isVector ? { type, metric: checkMetric(metric ?? "COSINE") } : { type };
}

function indexTypeFor(field: Field, name: string): IndexType | undefined {
  const { family } = infoOf(field.type);
  return indexTypesNamed(name).find(({ families }) => families.includes(family));
}

/** What the index is and how far it is. */
export function describeIndex(
  schema: CollectionSchema,
  index: StoredIndex,
  rowCount: number,
): IndexInfo {
  const { servedBy } = must(
    indexTypeFor(indexedField(schema, index.field), index.type),
    `type of index ${index.name}`,
  );
  return { ...index, servedBy, rowCount };
}

function checkMetric(metric: Metric): Metric {
  if (metrics.includes(metric)) return metric;
  throw new EngineError(
    "invalid-parameter",
    `float vector index does not support metric type: ${metric}`,
    { details: { found: metric, allowed: metrics } },
  );
}

function isSame(a: StoredIndex, b: StoredIndex): boolean {
  const form = ({ name, type, metric, params }: StoredIndex): string =>
    JSON.stringify([name, type, metric, Object.entries(params).sort()]);
  return form(a) === form(b);
}
