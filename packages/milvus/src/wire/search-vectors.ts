import {
  EngineError,
  type Field,
  floatsToHalves,
  infoOf,
  type ListColumn,
  type SearchVectors,
  type VectorColumn,
  vectorByteLength,
  vectorShapeOf,
} from "@redkite/engine";
import type { ByteStrings } from "./byte-strings.ts";
import { componentsOf, sparseColumn } from "./columns-of-wire-vectors.ts";
import { PlaceholderType } from "./gen/common_pb.ts";
import { floatsOf } from "./packed-numbers.ts";
import type { WirePlaceholders } from "./placeholder-group.ts";

/** What embedding lists have above the number of their vectors' type. */
const listTypeOffset = PlaceholderType.EmbListFloatVector - PlaceholderType.FloatVector;

/**
 * The vectors of a search as the engine takes them: floats, or a column of the field's own type; for
 * arrays of vectors a list of vectors per query, or single ones to compare with their elements.
 * Floats are rounded for fields of half precision. Throws `invalid-parameter` and
 * `dimension-mismatch` with Milvus's texts for vectors of another type or size.
 */
export function searchVectorsOf(field: Field, placeholders: WirePlaceholders): SearchVectors {
  const { typeId, values } = placeholders;
  if (field.type === "SparseFloatVector") {
    if (typeId !== PlaceholderType.SparseFloatVector) throw wrongType(field, typeId);
    return sparseColumn({ kind: "sparseFloatVector", dim: 0, ...values });
  }
  if (field.type === "ArrayOfVector" && typeId >= listTypeOffset) {
    return listsOf(field, typeId, values);
  }
  const { bytes, isFloat } = denseBytes(field, typeId, values);
  checkSizes(field, values, isFloat);
  // The engine takes floats as they are: no column is made of them.
  if (isFloat && vectorShapeOf(field).element === "float32") return floatsOf(bytes);
  return columnOf(field, bytes, isFloat);
}

/** One list of vectors per query. */
function listsOf(field: Field, typeId: number, values: ByteStrings): ListColumn {
  const { bytes, isFloat } = denseBytes(field, typeId - listTypeOffset, values);
  const width = vectorBytes(field, isFloat);
  const offsets = new Uint32Array(values.offsets.length);
  for (let query = 0; query < offsets.length - 1; query++) {
    const size = values.offsets[query + 1] - values.offsets[query];
    if (size === 0 || size % width !== 0) throw wrongSize(field, width, size);
    offsets[query + 1] = values.offsets[query + 1] / width;
  }
  const elements = columnOf(field, bytes, isFloat);
  return { layout: "list", rowCount: offsets.length - 1, offsets, elements };
}

/** The bytes of vectors, which are floats or components of the field's own. */
function denseBytes(
  field: Field,
  typeId: number,
  { bytes }: ByteStrings,
): { bytes: Uint8Array; isFloat: boolean } {
  const { element } = vectorShapeOf(field);
  const type = field.type === "ArrayOfVector" ? (field.elementType ?? "FloatVector") : field.type;
  const isFloat = typeId === PlaceholderType.FloatVector;
  const takesFloats = element === "float32" || element === "float16" || element === "bfloat16";
  if (typeId !== infoOf(type).id && !(isFloat && takesFloats)) throw wrongType(field, typeId);
  return { bytes, isFloat };
}

function checkSizes(field: Field, { offsets }: ByteStrings, isFloat: boolean): void {
  const expected = vectorBytes(field, isFloat);
  for (let i = 0; i < offsets.length - 1; i++) {
    const size = offsets[i + 1] - offsets[i];
    if (size !== expected) throw wrongSize(field, expected, size);
  }
}

function vectorBytes(field: Field, isFloat: boolean): number {
  const { element, dim } = vectorShapeOf(field);
  return vectorByteLength(isFloat ? "float32" : element, dim);
}

function columnOf(field: Field, bytes: Uint8Array, isFloat: boolean): VectorColumn {
  const shape = vectorShapeOf(field);
  const { element } = shape;
  const rowCount = bytes.length / vectorBytes(field, isFloat);
  const isHalf = element === "float16" || element === "bfloat16";
  const values =
    isHalf && isFloat ? floatsToHalves(element, floatsOf(bytes)) : componentsOf(element, bytes);
  return { layout: "vector", ...shape, rowCount, values };
}

/** Milvus's core has names of its own for the types. */
const coreNames: Readonly<Record<number, string>> = {
  5: "INT64",
  21: "VARCHAR",
  100: "VECTOR_BINARY",
  101: "VECTOR_FLOAT",
  102: "VECTOR_FLOAT16",
  103: "VECTOR_BFLOAT16",
  104: "VECTOR_SPARSE_U32_F32",
  105: "VECTOR_INT8",
  106: "VECTOR_ARRAY",
};

function wrongType(field: Field, typeId: number): EngineError {
  const own = coreNames[infoOf(field.type).id] ?? field.type;
  const found = coreNames[typeId] ?? `${typeId}`;
  return new EngineError(
    "invalid-parameter",
    `vector type must be the same, field ${field.name} - type ${own}, search info type ${found}`,
    { details: { field: field.name, expected: own, actual: found } },
  );
}

function wrongSize(field: Field, expected: number, actual: number): EngineError {
  return new EngineError(
    "dimension-mismatch",
    `vector dimension mismatch, expected vector size(byte) ${expected}, actual ${actual}.`,
    { details: { field: field.name, expected, actual } },
  );
}
