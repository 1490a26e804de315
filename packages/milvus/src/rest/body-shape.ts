import type { JsonValue } from "@redkite/engine";
import { RestError, restError, restErrorKinds } from "./rest-error.ts";

/** A JSON Schema, as OpenAPI has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What one property of a request's body may be. */
export interface BodyField<T> {
  /** The type's name in the errors of Go's JSON decoder, which clients of Milvus see. */
  readonly goType: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** Of a property that is absent or null. */
  readonly initial: T;
  /** Answers `undefined` for a value of another type. */
  readonly read: (value: JsonValue, path: string) => T | undefined;
}

type BodyFields = Readonly<Record<string, BodyField<unknown>>>;

/** A request's body: its name in Milvus, which errors show, and its properties. */
export interface BodyShape<T> {
  readonly name: string;
  readonly fields: Readonly<Record<string, BodyField<unknown>>>;
  /** Throws `RestError`. Properties that it does not know are ignored, as by Milvus. */
  readonly read: (value: JsonValue) => T;
}

/** What a shape reads. */
export type BodyOf<S> = S extends BodyShape<infer T> ? T : never;

type ValuesOf<F extends BodyFields> = {
  readonly [K in keyof F]: F[K] extends BodyField<infer T> ? T : never;
};

/** The shape of a body. `name` is that of the request's type in Milvus. */
export function bodyShape<F extends BodyFields>(name: string, fields: F): BodyShape<ValuesOf<F>> {
  return {
    name,
    fields,
    read: (value) => {
      if (!isJsonObject(value)) {
        throw wrongFormat(
          `json: cannot unmarshal ${kindOf(value)} into Go value of type httpserver.${name}`,
        );
      }
      const missing: string[] = [];
      const entries = Object.entries(fields).map(([key, field]) => {
        const property = propertyOf(value, key);
        if (field.isRequired && isMissing(property)) missing.push(requiredText(name, key));
        return [key, readField(field, property, `${name}.${key}`)];
      });
      if (missing.length > 0) throw restError("missingParameters", missing.join("\n"));
      // Its keys and values are those of `fields`.
      return Object.fromEntries(entries) as ValuesOf<F>;
    },
  };
}

export function text(initial = ""): BodyField<string> {
  return field("string", { type: "string" }, initial, (value) =>
    typeof value === "string" ? value : undefined,
  );
}

export function bool(): BodyField<boolean> {
  return field("bool", { type: "boolean" }, false, (value) =>
    typeof value === "boolean" ? value : undefined,
  );
}

export function int32(initial = 0): BodyField<number> {
  const schema = { type: "integer", format: "int32", default: initial };
  return field("int32", schema, initial, (value) =>
    typeof value === "number" && (value | 0) === value ? value : undefined,
  );
}

/** Texts of digits are taken too: not all clients have numbers of 64 bits. */
export function int64(): BodyField<bigint> {
  return field("int64", { type: "integer", format: "int64" }, 0n, int64Of);
}

/** Any value; `null` when it is absent. */
export function anything(): BodyField<JsonValue> {
  return field("interface {}", {}, null, (value) => value);
}

export function list(initial: readonly JsonValue[] = []): BodyField<readonly JsonValue[]> {
  return field("[]interface {}", { type: "array", items: {} }, initial, (value) =>
    isJsonArray(value) ? value : undefined,
  );
}

/** An object with any properties. */
export function record(): BodyField<JsonRecord> {
  return field("map[string]interface {}", { type: "object" }, {}, (value) =>
    isJsonObject(value) ? value : undefined,
  );
}

export function texts(initial: readonly string[] = []): BodyField<readonly string[]> {
  return listOf(text(), initial);
}

export function listOf<T>(
  element: BodyField<T>,
  initial: readonly T[] = [],
): BodyField<readonly T[]> {
  const schema = { type: "array", items: element.schema };
  return field(`[]${element.goType}`, schema, initial, (value, path) =>
    isJsonArray(value) ? value.map((item) => readField(element, item, path)) : undefined,
  );
}

/** An object of another shape; as if it were empty when it is absent. */
export function nested<T>(shape: BodyShape<T>): BodyField<T> {
  return { ...optional(shape), initial: emptyOf(shape), read: (value) => shape.read(value) };
}

/** An object of another shape, or `undefined` when it is absent. */
export function optional<T>(shape: BodyShape<T>): BodyField<T | undefined> {
  return field(`httpserver.${shape.name}`, schemaOf(shape), undefined, (value) =>
    shape.read(value),
  );
}

/** The same field, which must be there and, if it is a text or a number, not empty or 0. */
export function required<T>(given: BodyField<T>): BodyField<T> {
  return { ...given, isRequired: true };
}

/** The JSON Schema of a body. */
export function schemaOf(shape: Pick<BodyShape<unknown>, "fields">): JsonSchema {
  const fields = Object.entries(shape.fields);
  const required = fields.filter(([, { isRequired }]) => isRequired).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([name, { schema }]) => [name, schema])),
    ...(required.length > 0 ? { required } : {}),
  };
}

export type JsonRecord = { readonly [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonRecord {
  return typeof value === "object" && value !== null && !isJsonArray(value);
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** An integer of 64 bits, also from a text; `undefined` for anything else. */
export function int64Of(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === "string" && !/^[+-]?\d{1,19}$/.test(value)) return undefined;
  if (typeof value === "number" && !Number.isInteger(value)) return undefined;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "bigint") {
    return undefined;
  }
  const integer = BigInt(value);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

function field<T>(
  goType: string,
  schema: JsonSchema,
  initial: T,
  read: BodyField<T>["read"],
): BodyField<T> {
  return { goType, schema, isRequired: false, initial, read };
}

function readField<T>(field: BodyField<T>, value: JsonValue | undefined, path: string): T {
  if (value === undefined || value === null) return field.initial;
  const found = field.read(value, path);
  if (found !== undefined) return found;
  throw wrongFormat(
    `json: cannot unmarshal ${kindOf(value)} into Go struct field ${path} of type ${field.goType}`,
  );
}

/** What a shape reads of an object without properties. */
function emptyOf<T>(shape: BodyShape<T>): T {
  const entries = Object.entries(shape.fields).map(([key, { initial }]) => [key, initial]);
  // Its keys and values are those of the shape's fields.
  return Object.fromEntries(entries) as T;
}

/** Go's decoder takes a property under its exact name or, failing that, in any case of letters. */
export function propertyOf(given: JsonRecord, name: string): JsonValue | undefined {
  if (Object.hasOwn(given, name)) return given[name];
  const lower = name.toLowerCase();
  const found = Object.keys(given).find((key) => key.toLowerCase() === lower);
  return found === undefined ? undefined : given[found];
}

function isMissing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

/** The words of Go's validator. */
function requiredText(shapeName: string, key: string): string {
  const name = goNames[key] ?? `${key[0].toUpperCase()}${key.slice(1)}`;
  return `Key: '${shapeName}.${name}' Error:Field validation for '${name}' failed on the 'required' tag`;
}

const goNames: Readonly<Record<string, string>> = { id: "ID", jobId: "JobID" };

function kindOf(value: JsonValue): string {
  if (value === null) return "null";
  if (isJsonArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return `number ${value}`;
  if (typeof value === "number") return Number.isInteger(value) ? "number" : `number ${value}`;
  return typeof value;
}

function wrongFormat(reason: string): RestError {
  const { code, text: sentinel } = restErrorKinds.incorrectFormat;
  return new RestError(code, `${sentinel}, error: ${reason}`);
}
