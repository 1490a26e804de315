import { create, toBinary } from "@bufbuild/protobuf";
import type { JsonValue } from "@redkite/engine";
import { invalidParameter, refused } from "../errors.ts";
import { PlaceholderGroupSchema, PlaceholderType } from "../wire/gen/common_pb.ts";
import { type CollectionSchema, DataType, type FieldSchema } from "../wire/gen/schema_pb.ts";
import { isJsonArray } from "./body-shape.ts";
import { dimOf } from "./column-values.ts";
import { looseText } from "./loose-text.ts";
import { isVectorType, vectorBytes, vectorSize, wrongValue } from "./vector-values.ts";

/** How vectors of a type, and lists of them, are marked in a search. */
const placeholderTypes: Readonly<
  Partial<Record<DataType, { readonly one: PlaceholderType; readonly list?: PlaceholderType }>>
> = {
  [DataType.FloatVector]: {
    one: PlaceholderType.FloatVector,
    list: PlaceholderType.EmbListFloatVector,
  },
  [DataType.Float16Vector]: {
    one: PlaceholderType.Float16Vector,
    list: PlaceholderType.EmbListFloat16Vector,
  },
  [DataType.BFloat16Vector]: {
    one: PlaceholderType.BFloat16Vector,
    list: PlaceholderType.EmbListBFloat16Vector,
  },
  [DataType.BinaryVector]: {
    one: PlaceholderType.BinaryVector,
    list: PlaceholderType.EmbListBinaryVector,
  },
  [DataType.Int8Vector]: {
    one: PlaceholderType.Int8Vector,
    list: PlaceholderType.EmbListInt8Vector,
  },
  [DataType.SparseFloatVector]: { one: PlaceholderType.SparseFloatVector },
};

/**
 * The `data` of a search as a placeholder group. `fieldName` is the searched field's; it may be
 * empty when the collection has one vector field. Throws `MilvusError`.
 */
export function searchVectors(
  data: readonly JsonValue[],
  schema: CollectionSchema,
  fieldName: string,
): Uint8Array<ArrayBuffer> {
  const field = searchedField(schema, fieldName);
  const placeholders = [{ tag: "$0", ...placeholdersOf(field, data) }];
  return toBinary(PlaceholderGroupSchema, create(PlaceholderGroupSchema, { placeholders }));
}

function searchedField(schema: CollectionSchema, fieldName: string): FieldSchema {
  const vectors = schema.fields.filter(({ dataType }) => isVectorType(dataType));
  if (fieldName === "") {
    const [first, second] = vectors;
    if (second !== undefined) {
      throw invalidParameter(
        "search without annsField, but already found multiple vector fields: " +
          `[${first.name}, ${second.name},,,]`,
      );
    }
    if (first !== undefined) return first;
  }
  const subFields = schema.structArrayFields.flatMap(({ name, fields }) =>
    fields
      .filter(({ dataType }) => dataType === DataType.ArrayOfVector)
      .map((field) => ({
        ...field,
        qualified: field.name.includes("[") ? field.name : `${name}[${field.name}]`,
      })),
  );
  const found =
    vectors.find(({ name }) => name === fieldName) ??
    subFields.find(({ qualified }) => qualified === fieldName);
  if (found !== undefined) return found;
  throw refused(`cannot find a vector field: field not found[field=${fieldName}]`);
}

function placeholdersOf(
  field: FieldSchema,
  data: readonly JsonValue[],
): { type: PlaceholderType; values: Uint8Array<ArrayBuffer>[] } {
  if (field.isFunctionOutput) {
    // The function makes vectors of texts.
    const values = data.map((value) => new TextEncoder().encode(looseText(value)));
    return { type: PlaceholderType.VarChar, values };
  }
  const isArray = field.dataType === DataType.ArrayOfVector;
  const type = isArray ? field.elementType : field.dataType;
  const { one, list } = placeholderTypes[type] ?? { one: PlaceholderType.None };
  const dim = dimOf(field);
  if (!isArray || list === undefined || !isListOfVectors(data[0])) {
    return { type: one, values: data.map((value) => checkedVector(type, dim, value)) };
  }
  const values = data.map((value) => {
    if (!isJsonArray(value) || value.length === 0) {
      throw invalidParameter("search data must be an array of embedding lists");
    }
    return new Uint8Array(Buffer.concat(value.map((item) => checkedVector(type, dim, item))));
  });
  return { type: list, values };
}

function isListOfVectors(value: JsonValue | undefined): boolean {
  return isJsonArray(value) && (isJsonArray(value[0]) || typeof value[0] === "string");
}

function checkedVector(type: DataType, dim: number, value: JsonValue): Uint8Array<ArrayBuffer> {
  const bytes = vectorBytes(type, value);
  const size = vectorSize(type, dim);
  if (type === DataType.SparseFloatVector || bytes.length === size) return new Uint8Array(bytes);
  const reason = isJsonArray(value)
    ? `dimension: ${dim}, but length of []float: ${value.length}`
    : `dimension: ${dim}, bytesLen: ${size}, but length of []byte: ${bytes.length}`;
  throw wrongValue(type, value, reason);
}
