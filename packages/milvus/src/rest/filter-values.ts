import type { MessageInitShape } from "@bufbuild/protobuf";
import { type JsonValue, stringifyJson } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import type { TemplateArrayValueSchema, TemplateValueSchema } from "../wire/gen/schema_pb.ts";
import { int64Of, isJsonArray, type JsonRecord } from "./body-shape.ts";

type TemplateInit = MessageInitShape<typeof TemplateValueSchema>;
type ArrayInit = MessageInitShape<typeof TemplateArrayValueSchema>;

/** `exprParams`: the values for the `{name}`s of a filter. Throws `MilvusError`. */
export function filterValuesOf(params: JsonRecord): Record<string, TemplateInit> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, templateOf(name, value)]),
  );
}

type Kind = "bool" | "int64" | "float" | "string" | "array";

function kindOf(name: string, value: JsonValue): Kind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "string":
      return "string";
    case "number":
    case "bigint":
      return int64Of(value) === undefined ? "float" : "int64";
    default:
      if (isJsonArray(value)) return "array";
      throw invalidParameter(
        `expression template variable ${name} can't be ${value === null ? "null" : "an object"}`,
      );
  }
}

function templateOf(name: string, value: JsonValue): TemplateInit {
  switch (kindOf(name, value)) {
    case "bool":
      return { val: { case: "boolVal", value: value === true } };
    case "string":
      return { val: { case: "stringVal", value: String(value) } };
    case "int64":
      return { val: { case: "int64Val", value: int64Of(value) ?? 0n } };
    case "float":
      return { val: { case: "floatVal", value: Number(value) } };
    case "array":
      return { val: { case: "arrayVal", value: arrayOf(name, isJsonArray(value) ? value : []) } };
  }
}

/** Lists of one type travel as such, all others as a list of JSON texts. */
function arrayOf(name: string, values: readonly JsonValue[]): ArrayInit {
  const kinds = new Set(values.map((value) => kindOf(name, value)));
  const [kind] = kinds;
  if (kinds.size > 1) {
    const data = values.map((value) => Buffer.from(stringifyJson(value) ?? "null"));
    return { data: { case: "jsonData", value: { data } } };
  }
  switch (kind) {
    case "bool":
      return { data: { case: "boolData", value: { data: values.map((value) => value === true) } } };
    case "string":
      return { data: { case: "stringData", value: { data: values.map(String) } } };
    case "int64":
      return {
        data: { case: "longData", value: { data: values.map((value) => int64Of(value) ?? 0n) } },
      };
    case "float":
      return { data: { case: "doubleData", value: { data: values.map(Number) } } };
    case "array": {
      const data = values.map((value) => arrayOf(name, isJsonArray(value) ? value : []));
      return { data: { case: "arrayData", value: { data } } };
    }
    case undefined:
      return {};
  }
}
