import { writtenName } from "../sql/quote.ts";
import { type ConfigFields, configFields, isSection } from "./config-fields.ts";
import { schemaAddress } from "./config-schema.ts";
import { defaultConfig, type SnowparkConfig } from "./snowpark-config.ts";

/** What is written however it is, so that the file begins with something. */
const alwaysWritten: ReadonlySet<string> = new Set(["name"]);

/**
 * A configuration as a `snowpark.yaml` that explains itself: what differs from the defaults is set, and everything else
 * stands beside it as a comment. Read again, it is the same configuration.
 */
export function writeSnowparkConfig(config: SnowparkConfig): string {
  return [
    `# yaml-language-server: $schema=${schemaAddress}`,
    "# A deployment of Redkite in Snowpark Container Services. Lines in comments show the defaults.",
    ...fieldLines(configFields, withWrittenNames(config), defaultConfig(config.name)),
    "",
  ].join("\n");
}

/** Reading puts plain names into upper case: one that is stored otherwise has to be quoted. */
function withWrittenNames(config: SnowparkConfig): SnowparkConfig {
  const names = Object.entries(config.names).map(([key, name]) => [key, writtenName(name)]);
  return {
    ...config,
    adminRole: writtenName(config.adminRole),
    names: { ...config.names, ...Object.fromEntries(names) },
    users: config.users.map(writtenName),
  };
}

function fieldLines(fields: ConfigFields, values: object, defaults: object): string[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    const value: unknown = Reflect.get(values, key);
    const usual: unknown = Reflect.get(defaults, key);
    const isSet = alwaysWritten.has(key) || text(value) !== text(usual);
    const lines = isSection(field)
      ? sectionLines(key, field.fields, { value, usual })
      : [`${isSet ? "" : "# "}${key}: ${text(value)}`];
    return ["", `# ${field.description}`, ...lines];
  });
}

function sectionLines(
  key: string,
  fields: ConfigFields,
  { value, usual }: { readonly value: unknown; readonly usual: unknown },
): string[] {
  const isSet = text(value) !== text(usual);
  const lines = Object.entries(fields).flatMap(([inner, { description }]) => {
    const of = propertyOf(value, inner);
    if (of === undefined) return [];
    // `engine.kind` goes with its version.
    const differs = text(of) !== text(propertyOf(usual, inner));
    return [`${isSet && differs ? "" : "# "}  ${inner}: ${text(of)} # ${description}`];
  });
  return [`${isSet ? "" : "# "}${key}:`, ...lines];
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** A value as YAML on one line. JSON is YAML; plain words need no quotes. */
function text(value: unknown): string {
  if (value === undefined) return "";
  const isWord = typeof value === "string" && /^[A-Za-z][\w.-]*$/.test(value);
  return isWord && !/^(?:true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
