import type { Shape } from "../specification/shape.ts";
import {
  type ConfigField,
  type ConfigFields,
  type ConfigSection,
  configFields,
  isSection,
} from "./config-fields.ts";
import { defaultConfig } from "./snowpark-config.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** Where editors find the schema. */
export const schemaAddress = "https://unpkg.com/@redkite/snowpark/snowpark.schema.json";

/** The JSON Schema of `snowpark.yaml`, as it is published: descriptions, bounds and defaults of every key. */
export function configSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: schemaAddress,
    title: "snowpark.yaml of Redkite",
    // The defaults of `names` depend on `name`.
    ...objectSchema(configFields, { ...defaultConfig(), names: undefined }),
  };
}

function objectSchema(fields: ConfigFields, defaults: unknown): JsonSchema {
  const properties = Object.entries(fields).map(([key, field]): [string, JsonSchema] => {
    const value = propertyOf(defaults, key);
    return [key, isSection(field) ? sectionSchema(field, value) : fieldSchema(field, value)];
  });
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  };
}

function sectionSchema({ description, fields }: ConfigSection, defaults: unknown): JsonSchema {
  return { description, ...objectSchema(fields, defaults) };
}

function fieldSchema({ description, shape }: ConfigField, value: unknown): JsonSchema {
  return { description, ...shapeSchema(shape), ...(value === undefined ? {} : { default: value }) };
}

function shapeSchema(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case "text":
      return { type: "string", pattern: shape.pattern.source };
    case "boolean":
      return { type: "boolean" };
    case "number":
      return {
        type: shape.integer ? "integer" : "number",
        minimum: shape.min,
        maximum: shape.max,
      };
    case "choice":
      return { enum: shape.of };
    case "list":
      return {
        type: "array",
        items: shapeSchema(shape.of),
        ...(shape.min === 0 ? {} : { minItems: shape.min }),
        maxItems: shape.max,
      };
    case "map":
      return { type: "object", additionalProperties: shapeSchema(shape.of) };
    case "record":
      return {
        type: "object",
        additionalProperties: false,
        required: Object.keys(shape.required),
        properties: Object.fromEntries(
          Object.entries({ ...shape.required, ...shape.optional }).map(([key, of]) => [
            key,
            shapeSchema(of),
          ]),
        ),
      };
    case "either":
      return { anyOf: shape.of.map(shapeSchema) };
  }
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
