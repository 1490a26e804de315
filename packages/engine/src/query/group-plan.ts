import { EngineError } from "../base/errors.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { type DataType, infoOf } from "../schema/data-type.ts";
import type { Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import type { SegmentView } from "../segment/segment.ts";
import { derivedOutput } from "./derived-field.ts";
import { gatherOutput } from "./gather-output.ts";
import type { GroupReader } from "./group-ids.ts";
import type { GroupBy, OutputField } from "./request.ts";
import {
  castReader,
  type ScalarPath,
  scalarPathOf,
  textReader,
  type ValueReader,
  valueReader,
} from "./scalar-path.ts";

/** What the hits of a search are grouped by, and how. */
export interface GroupPlan {
  readonly paths: readonly ScalarPath[];
  /** One for each path. */
  readonly readers: readonly GroupReader[];
  readonly size: number;
  readonly strict: boolean;
  /** The type of the values at a path in JSON. */
  readonly jsonType: DataType;
}

/** Checks how a search groups. Throws `field-not-found` and `invalid-parameter`, with Milvus's texts. */
export function planGroups(schema: CollectionSchema, searched: Field, groupBy: GroupBy): GroupPlan {
  const { fields, size = 1, strict = false, jsonType, strictCast = false } = groupBy;
  if (searched.type === "BinaryVector") {
    throw invalid("not support search_group_by operation based on binary vector column");
  }
  if (searched.type === "ArrayOfVector") {
    throw invalid("group by is not supported for multi-search-multi");
  }
  if (fields.length === 0) throw invalid("a grouping search needs at least one field to group by");
  const paths = fields.map((name) => groupPath(schema, name));
  const json = paths.find(({ field }) => field.type === "JSON");
  if (json !== undefined && paths.length > 1) {
    throw invalid(
      `group_by with json path is not supported for multi-field group_by, field:${json.name}`,
    );
  }
  const readers = paths.map((path) => (view: SegmentView): ValueReader => {
    const read = valueReader(path, view.column(path.field.id));
    if (path.field.type !== "JSON") return read;
    if (jsonType === undefined) return textReader(read);
    return castReader(read, { type: jsonType, strict: strictCast });
  });
  return { paths, readers, size, strict, jsonType: jsonType ?? "VarChar" };
}

/** Throws `invalid-parameter`, with Milvus's texts, unless a group may have so many hits. */
export function checkGroupSize(size = 1): void {
  if (!Number.isInteger(size) || size <= 0) {
    throw invalid(`input group size:${size} is negative, failed to do search_groupby`);
  }
  if (size > limits.groupSize) {
    throw invalid(`input group size:${size} exceeds configured max group size:${limits.groupSize}`);
  }
}

const groupedFamilies: ReadonlySet<string> = new Set([
  "bool",
  "integer",
  "string",
  "timestamp",
  "json",
]);

function groupPath(schema: CollectionSchema, name: string): ScalarPath {
  const path = scalarPathOf(schema, name);
  if (path === undefined) {
    throw new EngineError("field-not-found", "groupBy field not found in schema", {
      details: { field: name, usage: "groupBy" },
    });
  }
  if (groupedFamilies.has(infoOf(path.field.type).family)) return path;
  throw invalid(
    `unsupported data type ${coreTypeNames[path.field.type] ?? path.field.type.toUpperCase()} for group by operator`,
  );
}

/** What Milvus's core calls the types whose names differ from the schema's. */
const coreTypeNames: Partial<Readonly<Record<DataType, string>>> = {
  BinaryVector: "VECTOR_BINARY",
  FloatVector: "VECTOR_FLOAT",
  Float16Vector: "VECTOR_FLOAT16",
  BFloat16Vector: "VECTOR_BFLOAT16",
  Int8Vector: "VECTOR_INT8",
  SparseFloatVector: "VECTOR_SPARSE_U32_F32",
  ArrayOfVector: "VECTOR_ARRAY",
};

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}

/** The values that the picked rows are grouped by. */
export function groupOutputs(
  { paths, readers, jsonType }: GroupPlan,
  views: readonly SegmentView[],
  picks: Picks,
): OutputField[] {
  const { from, rows } = picks;
  return paths.map(({ name, field }, i) => {
    if (field.type !== "JSON") return { name, field, column: gatherOutput(field, views, picks) };
    const readersOfViews = views.map((view) => readers[i](view));
    const values = Array.from(rows, (row, place) => readersOfViews[from[place]](row));
    return derivedOutput(name, jsonType, values);
  });
}
