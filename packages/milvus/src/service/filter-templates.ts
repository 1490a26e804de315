import { type JsonValue, parseJson, type TemplateValue, textAt } from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import type {
  TemplateArrayValue,
  TemplateValue as WireTemplateValue,
} from "../wire/gen/schema_pb.ts";

/** The values for the `{name}`s of a filter. Throws `MilvusError` for forms without a meaning. */
export function templatesFromWire(
  values: Readonly<Record<string, WireTemplateValue>>,
): Record<string, TemplateValue> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { val }]) => [name, templateOf(name, val)]),
  );
}

function templateOf(name: string, value: WireTemplateValue["val"]): TemplateValue {
  switch (value.case) {
    case "boolVal":
    case "int64Val":
    case "floatVal":
    case "stringVal":
      return value.value;
    case "arrayVal":
      return arrayOf(name, value.value);
    case "bytesVal":
      throw unsupported(`bytes as the value of expression template variable ${name}`);
    default:
      throw invalidParameter(`expression template variable ${name} has no value`);
  }
}

function arrayOf(name: string, { data }: TemplateArrayValue): readonly TemplateValue[] {
  switch (data.case) {
    case "boolData":
    case "longData":
    case "doubleData":
    case "stringData":
      return data.value.data;
    case "arrayData":
      return data.value.data.map((inner) => arrayOf(name, inner));
    case "jsonData":
      return data.value.data.map((json) => parseElement(name, json));
    default:
      // An empty list travels without a type.
      return [];
  }
}

/** Lists of mixed types travel as JSON texts. */
function parseElement(name: string, json: Uint8Array): TemplateValue {
  let value: JsonValue;
  try {
    value = parseJson(textAt(json, 0, json.length));
  } catch {
    throw invalidParameter(`an element of expression template variable ${name} is not valid JSON`);
  }
  return templateOfJson(name, value);
}

function templateOfJson(name: string, value: JsonValue): TemplateValue {
  switch (typeof value) {
    case "boolean":
    case "bigint":
    case "string":
      return value;
    case "number":
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    default:
      if (Array.isArray(value)) return value.map((item: JsonValue) => templateOfJson(name, item));
      throw unsupported(`an object as the value of expression template variable ${name}`);
  }
}
