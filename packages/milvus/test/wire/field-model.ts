import fc from "fast-check";
import type { ByteStrings } from "../../src/wire/byte-strings.ts";
import type {
  WireArrays,
  WireData,
  WireField,
  WireOther,
  WireScalars,
} from "../../src/wire/wire-field.ts";

// Field data as plain values: what the codec's typed arrays and the oracle's objects are compared by.

export type ScalarsModel =
  | { kind: "bool"; values: boolean[] }
  | { kind: "int"; values: number[] }
  | { kind: "long"; values: bigint[] }
  | { kind: "float" | "double"; values: number[] }
  | { kind: "string"; values: string[] }
  | { kind: "bytes" | "json"; values: Uint8Array[] };

export type DataModel =
  | ScalarsModel
  | { kind: "array"; elementTypeId: number; rows: ScalarsModel[] }
  | { kind: "floatVector"; dim: number; values: number[] }
  | { kind: "int8Vector"; dim: number; values: Uint8Array };

export interface FieldModel {
  name: string;
  typeId: number;
  fieldId: number;
  isDynamic: boolean;
  valid: boolean[];
  data: DataModel;
}

const bytes = fc.uint8Array({ maxLength: 40 });
const float = fc.float({ noDefaultInfinity: false });

const scalars: fc.Arbitrary<ScalarsModel> = fc.oneof(
  listOf("bool", fc.boolean()),
  listOf("int", fc.integer()),
  listOf("long", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  listOf("float", float),
  listOf("double", fc.double()),
  listOf("string", fc.string({ unit: "binary", maxLength: 40 })),
  listOf("bytes", bytes),
  listOf("json", bytes),
);

const arrays = scalars.chain((sample) =>
  fc.record({
    kind: fc.constant("array" as const),
    elementTypeId: fc.constantFrom(1, 4, 5, 21),
    // Rows of one kind: pieces of one list.
    rows: fc.array(fc.nat(sample.values.length), { minLength: 1, maxLength: 8 }).map((ends) =>
      // The slice of a list is of the list's own kind.
      ends.map((end) => ({ ...sample, values: sample.values.slice(end) }) as ScalarsModel),
    ),
  }),
);

const vectors = fc.oneof(
  fc.integer({ min: 1, max: 8 }).chain((dim) =>
    fc.record({
      kind: fc.constant("floatVector" as const),
      dim: fc.constant(dim),
      values: fc.array(float, { minLength: dim, maxLength: dim }),
    }),
  ),
  fc.record({ kind: fc.constant("int8Vector" as const), dim: fc.nat(9), values: bytes }),
);

/** Any field data that the codec decodes in full. */
export const fieldModels: fc.Arbitrary<FieldModel> = fc.record({
  name: fc.string({ maxLength: 200 }),
  typeId: fc.constantFrom(0, 1, 5, 21, 23, 101),
  fieldId: fc.constantFrom(0, 1, 100, 2 ** 40),
  isDynamic: fc.boolean(),
  valid: fc.array(fc.boolean(), { maxLength: 10 }),
  data: fc.oneof(scalars, arrays, vectors),
});

function listOf<K extends string, T>(kind: K, element: fc.Arbitrary<T>) {
  return fc.record({ kind: fc.constant(kind), values: fc.array(element, { maxLength: 20 }) });
}

/** The `schema.FieldData` of the definitions. */
export function oracleField(model: FieldModel): object {
  const { data } = model;
  const content =
    data.kind === "floatVector"
      ? { vectors: { dim: data.dim, float_vector: { data: data.values } } }
      : data.kind === "int8Vector"
        ? { vectors: { dim: data.dim, int8_vector: data.values } }
        : { scalars: oracleScalars(data) };
  return {
    type: model.typeId,
    field_name: model.name,
    field_id: model.fieldId,
    is_dynamic: model.isDynamic,
    valid_data: model.valid,
    ...content,
  };
}

function oracleScalars(data: Exclude<DataModel, { kind: `${string}Vector` }>): object {
  if (data.kind === "array") {
    const rows = data.rows.map(oracleScalars);
    return { array_data: { data: rows, element_type: data.elementTypeId } };
  }
  const values = data.kind === "long" ? data.values.map(String) : data.values;
  return { [`${data.kind}_data`]: { data: values } };
}

/** The model of what the codec decoded. */
export function modelOf(field: WireField): FieldModel {
  const { name, typeId, fieldId, isDynamic, valid = new Uint8Array(0) } = field;
  return {
    name,
    typeId,
    fieldId,
    isDynamic,
    valid: Array.from(valid, (one) => one === 1),
    data: modelOfData(field.data),
  };
}

function modelOfData(data: WireData): DataModel {
  switch (data.kind) {
    case "array": {
      const { offsets, elements, elementTypeId } = data;
      const all = modelOfScalars(elements);
      const rows = Array.from({ length: offsets.length - 1 }, (_, row) => {
        const values = all.values.slice(offsets[row], offsets[row + 1]);
        return { ...all, values } as ScalarsModel;
      });
      return { kind: "array", elementTypeId, rows };
    }
    case "floatVector":
      return { kind: "floatVector", dim: data.dim, values: [...data.values] };
    case "int8Vector":
      return { kind: "int8Vector", dim: data.dim, values: Uint8Array.from(data.bytes) };
    case "binaryVector":
    case "float16Vector":
    case "bfloat16Vector":
    case "sparseFloatVector":
    case "vectorArray":
    case "structs":
      throw new Error(`No model of ${data.kind}`);
    default:
      return modelOfScalars(data);
  }
}

function modelOfScalars(data: WireScalars | WireOther): ScalarsModel {
  switch (data.kind) {
    case "other":
      throw new Error(`No model of "${data.name}"`);
    case "bool":
      return { kind: "bool", values: Array.from(data.values, (one) => one === 1) };
    case "long":
      return { kind: "long", values: [...data.values] };
    case "int":
      return { kind: "int", values: [...data.values] };
    case "float":
    case "double":
      return { kind: data.kind, values: [...data.values] };
    case "string":
      return { kind: "string", values: pieces(data).map((one) => Buffer.from(one).toString()) };
    case "timestamptz":
    case "geometry":
    case "geometryWkt":
      throw new Error(`No model of ${data.kind}`);
    default:
      return { kind: data.kind, values: pieces(data) };
  }
}

/** The strings of the codec as arrays of their own. */
export function pieces({ offsets, bytes: all }: ByteStrings): Uint8Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Uint8Array.from(all.subarray(offsets[i], offsets[i + 1])),
  );
}

/** The model as the codec's typed arrays. */
export function wireFieldOf(model: FieldModel): WireField {
  const { name, typeId, fieldId, isDynamic, valid } = model;
  const data = wireDataOf(model.data);
  return { name, typeId, fieldId, isDynamic, valid: Uint8Array.from(valid, Number), data };
}

function wireDataOf(data: DataModel): WireData {
  switch (data.kind) {
    case "array":
      return wireArraysOf(data.elementTypeId, data.rows);
    case "floatVector":
      return { kind: "floatVector", dim: data.dim, values: Float32Array.from(data.values) };
    case "int8Vector":
      return { kind: "int8Vector", dim: data.dim, bytes: data.values };
    default:
      return wireScalarsOf(data);
  }
}

function wireArraysOf(elementTypeId: number, rows: ScalarsModel[]): WireArrays {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    offsets[i + 1] = offsets[i] + row.values.length;
  });
  const values = rows.flatMap((row): unknown[] => row.values);
  const elements = wireScalarsOf({ ...rows[0], values } as ScalarsModel);
  return { kind: "array", elementTypeId, offsets, elements };
}

function wireScalarsOf(data: ScalarsModel): WireScalars {
  switch (data.kind) {
    case "bool":
      return { kind: "bool", values: Uint8Array.from(data.values, Number) };
    case "int":
      return { kind: "int", values: Int32Array.from(data.values) };
    case "long":
      return { kind: "long", values: BigInt64Array.from(data.values) };
    case "float":
      return { kind: "float", values: Float32Array.from(data.values) };
    case "double":
      return { kind: "double", values: Float64Array.from(data.values) };
    case "string":
      return { kind: "string", ...byteStrings(data.values.map((one) => Buffer.from(one))) };
    default:
      return { kind: data.kind, ...byteStrings(data.values) };
  }
}

/** Strings in the codec's form. Their first offset is not 0, which readers must not assume. */
export function byteStrings(values: readonly Uint8Array[]): ByteStrings {
  const offsets = new Uint32Array(values.length + 1);
  offsets[0] = 3;
  values.forEach((value, i) => {
    offsets[i + 1] = offsets[i] + value.length;
  });
  return { offsets, bytes: Uint8Array.from(Buffer.concat([Buffer.from("???"), ...values])) };
}
