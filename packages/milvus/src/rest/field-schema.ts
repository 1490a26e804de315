import type { MessageInitShape } from "@bufbuild/protobuf";
import type { JsonValue } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import {
  DataType,
  type FieldSchemaSchema,
  type FunctionSchemaSchema,
  FunctionType,
  type StructArrayFieldSchemaSchema,
  type ValueFieldSchema,
} from "../wire/gen/schema_pb.ts";
import {
  anything,
  type BodyShape,
  bodyShape,
  bool,
  int64Of,
  type JsonRecord,
  listOf,
  nested,
  record,
  text,
  texts,
} from "./body-shape.ts";
import { enumName, enumNumber } from "./enum-names.ts";
import { looseText, pairsOf } from "./loose-text.ts";

/** How a field is defined, in `collections/create` and `collections/fields/add`. */
export interface FieldBody {
  readonly fieldName: string;
  readonly description: string;
  readonly dataType: string;
  readonly elementDataType: string;
  readonly isPrimary: boolean;
  readonly isPartitionKey: boolean;
  readonly isClusteringKey: boolean;
  readonly nullable: boolean;
  readonly elementTypeParams: JsonRecord;
  readonly defaultValue: JsonValue;
  readonly externalField: string;
}

export const fieldShape: BodyShape<FieldBody> = bodyShape("FieldSchema", {
  fieldName: text(),
  description: text(),
  dataType: text(),
  elementDataType: text(),
  isPrimary: bool(),
  isPartitionKey: bool(),
  isClusteringKey: bool(),
  nullable: bool(),
  elementTypeParams: record(),
  defaultValue: anything(),
  externalField: text(),
});

/** How an array of structs is defined. */
export interface StructBody {
  readonly fieldName: string;
  readonly description: string;
  readonly nullable: boolean;
  readonly elementTypeParams: JsonRecord;
  readonly fields: readonly FieldBody[];
}

export const structShape: BodyShape<StructBody> = bodyShape("StructArrayFieldSchema", {
  fieldName: text(),
  description: text(),
  nullable: bool(),
  elementTypeParams: record(),
  fields: listOf(nested(fieldShape)),
});

/** How a function of a collection, or one that changes scores, is defined. */
export interface FunctionBody {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly inputFieldNames: readonly string[];
  readonly outputFieldNames: readonly string[];
  readonly params: JsonRecord;
}

export const functionShape: BodyShape<FunctionBody> = bodyShape("FunctionSchema", {
  name: text(),
  description: text(),
  type: text(),
  inputFieldNames: texts(),
  outputFieldNames: texts(),
  params: record(),
});

type FieldInit = MessageInitShape<typeof FieldSchemaSchema>;
type StructInit = MessageInitShape<typeof StructArrayFieldSchemaSchema>;
type DefaultInit = MessageInitShape<typeof ValueFieldSchema>;

/** A field as a message. Throws `MilvusError` with Milvus's texts. */
export function fieldOf(body: FieldBody): FieldInit {
  const dataType = dataTypeOf(body.dataType, "data type");
  const isArray = dataType === DataType.Array || dataType === DataType.ArrayOfVector;
  const defaultValue = defaultOf(body.defaultValue, dataType);
  return {
    name: body.fieldName,
    description: body.description,
    dataType,
    isPrimaryKey: body.isPrimary,
    isPartitionKey: body.isPartitionKey,
    isClusteringKey: body.isClusteringKey,
    nullable: body.nullable,
    externalField: body.externalField,
    typeParams: pairsOf(body.elementTypeParams),
    ...(isArray ? { elementType: dataTypeOf(body.elementDataType, "element data type") } : {}),
    ...(defaultValue === undefined ? {} : { defaultValue }),
  };
}

/**
 * An array of structs as a message. A sub-field may be given as what it is in each struct, such as
 * `FloatVector`, or as what it is in the row: `ArrayOfVector` of `FloatVector`. Throws `MilvusError`.
 */
export function structOf(body: StructBody): StructInit {
  return {
    name: body.fieldName,
    description: body.description,
    nullable: body.nullable,
    typeParams: pairsOf(body.elementTypeParams),
    fields: body.fields.map((field) =>
      subFieldOf({
        ...field,
        elementTypeParams: { ...body.elementTypeParams, ...field.elementTypeParams },
      }),
    ),
  };
}

/** A function as a message. Throws `MilvusError`. */
export function functionOf(body: FunctionBody): MessageInitShape<typeof FunctionSchemaSchema> {
  const type = enumNumber(FunctionType, body.type);
  if (type === undefined) throw invalidParameter(`Unsupported function type: ${body.type}`);
  return {
    name: body.name,
    description: body.description,
    type,
    inputFieldNames: [...body.inputFieldNames],
    outputFieldNames: [...body.outputFieldNames],
    params: pairsOf(body.params),
  };
}

function subFieldOf(body: FieldBody): FieldInit {
  const field = fieldOf(body);
  const { dataType = DataType.None } = field;
  if (dataType === DataType.Array || dataType === DataType.ArrayOfVector) return field;
  const isVector = dataType >= DataType.BinaryVector;
  return {
    ...field,
    dataType: isVector ? DataType.ArrayOfVector : DataType.Array,
    elementType: dataType,
  };
}

function dataTypeOf(name: string, what: string): DataType {
  const type = enumNumber(DataType, name);
  if (type !== undefined) return type;
  // Milvus puts the name of the error first here.
  throw new MilvusError("parameterInvalid", {
    text: `invalid parameter, ${what} ${name} is invalid(case sensitive).`,
  });
}

/** The kinds of default values: Milvus's name in its errors, and how a JSON value becomes one. */
const defaultKinds: Readonly<
  Partial<
    Record<
      DataType,
      { readonly name: string; readonly read: (value: JsonValue) => DefaultInit | undefined }
    >
  >
> = {
  [DataType.Bool]: { name: "bool", read: boolDefault },
  [DataType.Int8]: { name: "int", read: intDefault },
  [DataType.Int16]: { name: "int", read: intDefault },
  [DataType.Int32]: { name: "int", read: intDefault },
  [DataType.Int64]: { name: "long", read: longDefault },
  [DataType.Float]: { name: "float", read: (value) => numberDefault("floatData", value) },
  [DataType.Double]: { name: "float", read: (value) => numberDefault("doubleData", value) },
  [DataType.String]: { name: "string", read: textDefault },
  [DataType.VarChar]: { name: "string", read: textDefault },
  [DataType.Timestamptz]: { name: "timestamptz", read: textDefault },
  [DataType.Geometry]: { name: "geometry", read: textDefault },
};

function defaultOf(value: JsonValue, dataType: DataType): DefaultInit | undefined {
  if (value === null) return undefined;
  const kind = defaultKinds[dataType];
  if (kind === undefined) {
    throw defaultError(`Unexpected default value type: ${enumName(DataType, dataType)}`);
  }
  const found = kind.read(value);
  if (found !== undefined) return found;
  const type = typeof value === "number" ? "float64" : typeof value;
  throw defaultError(
    `cannot use "${looseText(value)}"(type: ${type}) as ${kind.name} default value`,
  );
}

function defaultError(reason: string): MilvusError {
  return invalidParameter(`convert defaultValue fail, err:${reason}`);
}

function boolDefault(value: JsonValue): DefaultInit | undefined {
  return typeof value === "boolean" ? { data: { case: "boolData", value } } : undefined;
}

function intDefault(value: JsonValue): DefaultInit | undefined {
  const isInt32 = typeof value === "number" && (value | 0) === value;
  return isInt32 ? { data: { case: "intData", value } } : undefined;
}

function longDefault(value: JsonValue): DefaultInit | undefined {
  const integer = typeof value === "string" ? undefined : int64Of(value);
  return integer === undefined ? undefined : { data: { case: "longData", value: integer } };
}

function numberDefault(
  name: "floatData" | "doubleData",
  value: JsonValue,
): DefaultInit | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const number = Number(value);
  const isFloat = name === "doubleData" || Number.isFinite(Math.fround(number));
  return isFloat ? { data: { case: name, value: number } } : undefined;
}

function textDefault(value: JsonValue): DefaultInit | undefined {
  return typeof value === "string" ? { data: { case: "stringData", value } } : undefined;
}
