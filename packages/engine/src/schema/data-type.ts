import type { VectorElement } from "./column.ts";

/** How a column of a type lies in memory and in files: see `column.ts`. */
export type ColumnLayout = "fixed" | "bytes" | "list" | "vector" | "sparse";

/** What may be done with a value: decides casts and comparisons in filters. */
export type TypeFamily =
  | "bool"
  | "integer"
  | "float"
  | "string"
  | "timestamp"
  | "geometry"
  | "json"
  | "array"
  | "vector"
  | "vectors";

/** A data type of a field, by Milvus's name. */
export type DataType =
  | "Bool"
  | "Int8"
  | "Int16"
  | "Int32"
  | "Int64"
  | "Float"
  | "Double"
  | "VarChar"
  | "Array"
  | "JSON"
  | "Geometry"
  | "Timestamptz"
  | "BinaryVector"
  | "FloatVector"
  | "Float16Vector"
  | "BFloat16Vector"
  | "SparseFloatVector"
  | "Int8Vector"
  | "ArrayOfVector";

/** What a data type is and what may be done with it. */
export interface DataTypeInfo {
  /** The number of the type in Milvus's `schema.DataType`. */
  readonly id: number;
  readonly layout: ColumnLayout;
  readonly family: TypeFamily;
  /** Bytes of one value; of one component for vectors; 0 where values differ in length, and for bits. */
  readonly byteWidth: number;
  /** Of a dense vector: what its components are. */
  readonly element?: VectorElement;
  /** The smallest and largest value of an integer type. */
  readonly range?: readonly [bigint, bigint];
  readonly canBePrimaryKey: boolean;
  readonly canBeArrayElement: boolean;
  readonly canHaveDefault: boolean;
}

/** All data types. What a type can do is declared here and nowhere else. */
export const dataTypes: Readonly<Record<DataType, DataTypeInfo>> = {
  Bool: scalar(1, "bool", 1),
  Int8: integer(2, 1),
  Int16: integer(3, 2),
  Int32: integer(4, 4),
  Int64: { ...integer(5, 8), canBePrimaryKey: true },
  Float: scalar(10, "float", 4),
  Double: scalar(11, "float", 8),
  VarChar: { ...scalar(21, "string", 0), layout: "bytes", canBePrimaryKey: true },
  Array: {
    ...scalar(22, "array", 0),
    layout: "list",
    canBeArrayElement: false,
    canHaveDefault: false,
  },
  JSON: {
    ...scalar(23, "json", 0),
    layout: "bytes",
    canBeArrayElement: false,
    canHaveDefault: false,
  },
  Geometry: {
    ...scalar(24, "geometry", 0),
    layout: "bytes",
    canBeArrayElement: false,
    canHaveDefault: false,
  },
  Timestamptz: { ...scalar(26, "timestamp", 8), canBeArrayElement: false },
  BinaryVector: vector(100, "bit", 0),
  FloatVector: vector(101, "float32", 4),
  Float16Vector: vector(102, "float16", 2),
  BFloat16Vector: vector(103, "bfloat16", 2),
  SparseFloatVector: {
    ...scalar(104, "vector", 0),
    layout: "sparse",
    canBeArrayElement: false,
    canHaveDefault: false,
  },
  Int8Vector: vector(105, "int8", 1),
  // A sub-field of a struct: each element is a vector of the field's element type.
  ArrayOfVector: {
    ...scalar(106, "vectors", 0),
    layout: "list",
    canBeArrayElement: false,
    canHaveDefault: false,
  },
};

/** What is declared about a type. */
export function infoOf(type: DataType): DataTypeInfo {
  return dataTypes[type];
}

function scalar(id: number, family: TypeFamily, byteWidth: number): DataTypeInfo {
  return {
    id,
    family,
    byteWidth,
    layout: "fixed",
    canBePrimaryKey: false,
    canBeArrayElement: true,
    canHaveDefault: true,
  };
}

function vector(id: number, element: VectorElement, byteWidth: number): DataTypeInfo {
  return {
    ...scalar(id, "vector", byteWidth),
    element,
    layout: "vector",
    canBeArrayElement: false,
    canHaveDefault: false,
  };
}

function integer(id: number, byteWidth: number): DataTypeInfo {
  const bits = BigInt(byteWidth * 8 - 1);
  const range: readonly [bigint, bigint] = [-(1n << bits), (1n << bits) - 1n];
  return { ...scalar(id, "integer", byteWidth), range };
}
