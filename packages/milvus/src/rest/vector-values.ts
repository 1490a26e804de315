import { floatsToHalves, type JsonValue, parseJson } from "@redkite/engine";
import { invalidParameter, type MilvusError } from "../errors.ts";
import { DataType } from "../wire/gen/schema_pb.ts";
import { isJsonArray, isJsonObject, type JsonRecord } from "./body-shape.ts";
import { enumName } from "./enum-names.ts";
import { looseText } from "./loose-text.ts";
import { actualText } from "./rest-error.ts";

/** How the vectors of a type are given in JSON. */
interface VectorForm {
  /** Bytes of a component; of a bit it is an eighth. */
  readonly componentBytes: number;
  /** Throws {@link MilvusError}. */
  readonly read: (value: JsonValue, type: DataType) => Uint8Array;
}

const forms: Readonly<Partial<Record<DataType, VectorForm>>> = {
  [DataType.FloatVector]: { componentBytes: 4, read: floatBytes },
  [DataType.Float16Vector]: { componentBytes: 2, read: halfBytes },
  [DataType.BFloat16Vector]: { componentBytes: 2, read: halfBytes },
  [DataType.Int8Vector]: { componentBytes: 1, read: int8Bytes },
  [DataType.BinaryVector]: { componentBytes: 1 / 8, read: givenBytes },
  [DataType.SparseFloatVector]: { componentBytes: 0, read: sparseBytes },
};

/** Whether a type is one of vectors that lie in a row each. */
export function isVectorType(type: DataType): boolean {
  return forms[type] !== undefined;
}

/** Bytes of a vector with so many components; 0 for sparse vectors, which have any number. */
export function vectorSize(type: DataType, dim: number): number {
  return formOf(type).componentBytes * dim;
}

/**
 * A vector as it travels. Floats and bytes are arrays of numbers, or such arrays in a text; bits
 * and half-precision floats also base64; sparse vectors are `{"index": value}` or
 * `{"indices": [...], "values": [...]}`. Its size is the caller's to check. Throws `MilvusError`.
 */
export function vectorBytes(type: DataType, value: JsonValue): Uint8Array {
  return formOf(type).read(value, type);
}

/** The error for a value that is none of a type. */
export function wrongValue(
  type: DataType,
  value: JsonValue | undefined,
  reason: string,
): MilvusError {
  return invalidParameter(reason, {
    expected: enumName(DataType, type),
    actual: actualText(looseText(value)),
  });
}

/** A JSON value that may also be given as its text. Throws `MilvusError`. */
export function unquoted(value: JsonValue, type: DataType): JsonValue {
  if (typeof value !== "string") return value;
  try {
    return parseJson(value);
  } catch {
    throw wrongValue(type, value, "it is no valid JSON");
  }
}

function formOf(type: DataType): VectorForm {
  const form = forms[type];
  if (form === undefined) {
    throw invalidParameter(`${enumName(DataType, type)} is no type of vectors`);
  }
  return form;
}

function numbersOf(given: JsonValue, type: DataType): Float64Array {
  const value = unquoted(given, type);
  if (!isJsonArray(value)) throw wrongValue(type, given, "a vector should be an array of numbers");
  const numbers = new Float64Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (typeof item !== "number" && typeof item !== "bigint") {
      const kind = item === null ? "null" : typeof item;
      const reason = `json: cannot unmarshal ${kind} into Go value of type float32`;
      throw wrongValue(type, given, reason);
    }
    numbers[i] = Number(item);
  }
  return numbers;
}

function floatBytes(value: JsonValue, type: DataType): Uint8Array {
  return new Uint8Array(new Float32Array(numbersOf(value, type)).buffer);
}

function halfBytes(value: JsonValue, type: DataType): Uint8Array {
  if (typeof value === "string") return givenBytes(value, type);
  const element = type === DataType.Float16Vector ? "float16" : "bfloat16";
  const halves = floatsToHalves(element, numbersOf(value, type));
  return new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
}

function int8Bytes(value: JsonValue, type: DataType): Uint8Array {
  return bytesWithin(value, type, { min: -128, max: 127, name: "int8" });
}

/** Base64 with its padding, which is what Go's standard encoding takes. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function givenBytes(value: JsonValue, type: DataType): Uint8Array {
  if (isJsonArray(value)) return bytesWithin(value, type, { min: 0, max: 255, name: "uint8" });
  if (typeof value === "string" && base64.test(value)) return Buffer.from(value, "base64");
  const reason =
    typeof value === "string" ? "illegal base64 data" : "a vector should be a text of base64";
  throw wrongValue(type, value, reason);
}

function bytesWithin(
  value: JsonValue,
  type: DataType,
  { min, max, name }: { readonly min: number; readonly max: number; readonly name: string },
): Uint8Array {
  const numbers = numbersOf(value, type);
  const odd = numbers.find((item) => !Number.isInteger(item) || item < min || item > max);
  if (odd === undefined) return Uint8Array.from(numbers, (item) => item & 0xff);
  throw wrongValue(
    type,
    value,
    `json: cannot unmarshal number ${odd} into Go value of type ${name}`,
  );
}

function sparseBytes(given: JsonValue, type: DataType): Uint8Array {
  const value = unquoted(given, type);
  if (!isJsonObject(value)) throw wrongValue(type, given, "invalid JSON input");
  const pairs = (hasLists(value) ? pairsOfLists(value, given, type) : Object.entries(value)).map(
    ([index, component]) => sparsePair(index, component, { given, type }),
  );
  pairs.sort((a, b) => a.index - b.index);
  const bytes = new Uint8Array(8 * pairs.length);
  const view = new DataView(bytes.buffer);
  pairs.forEach(({ index, component }, i) => {
    view.setUint32(8 * i, index, true);
    view.setFloat32(8 * i + 4, component, true);
  });
  return bytes;
}

function hasLists(value: JsonRecord): boolean {
  return isJsonArray(value["indices"]) && isJsonArray(value["values"]);
}

function pairsOfLists(
  value: JsonRecord,
  given: JsonValue,
  type: DataType,
): [JsonValue, JsonValue][] {
  const { indices, values } = value;
  if (isJsonArray(indices) && isJsonArray(values) && indices.length === values.length) {
    return indices.map((index, i) => [index, values[i]]);
  }
  throw wrongValue(type, given, "indices and values length mismatch");
}

function sparsePair(
  index: JsonValue,
  component: JsonValue,
  { given, type }: { readonly given: JsonValue; readonly type: DataType },
): { index: number; component: number } {
  const isIndex = /^\d{1,10}$/.test(`${index}`) && Number(index) < 0xffff_ffff;
  if (!isIndex)
    throw wrongValue(type, given, `invalid index in JSON: ${actualText(looseText(index))}`);
  if (typeof component !== "number" && typeof component !== "bigint") {
    throw wrongValue(type, given, `invalid value in JSON: ${actualText(looseText(component))}`);
  }
  return { index: Number(index), component: Number(component) };
}
