import { EngineError } from "../base/errors.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import { fieldNamed, primaryKeyOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { timeZoneNamed } from "../schema/time-zone.ts";
import { ttlFieldProperty, ttlProperty } from "./row-expiry.ts";

/** A hundred years. */
const ttlSecondsMax = 3_155_760_000;

type Properties = Readonly<Record<string, string>>;

/**
 * Checks properties that are to be set, against the schema and against those that are there. Names
 * that mean nothing here are kept as they are. Throws `invalid-parameter` with Milvus's texts.
 */
export function checkProperties(
  schema: CollectionSchema,
  given: Properties,
  existing: Properties = {},
): void {
  for (const name of ["mmap.enabled", autoCompactionProperty]) requireBoolean(name, given[name]);
  const timeZone = given["timezone"];
  if (timeZone !== undefined && timeZoneNamed(timeZone) === undefined) {
    throw invalid(`unknown or invalid IANA Time Zone ID: ${timeZone}`, { found: timeZone });
  }
  const takesKeys = given["allow_insert_auto_id"]?.toLowerCase() === "true";
  if (takesKeys && !primaryKeyOf(schema).autoId) {
    throw invalid("the value for allow_insert_auto_id must be false when autoID is false");
  }
  checkTtl(given[ttlProperty]);
  checkTtlField(schema, given[ttlFieldProperty]);
  refuseBothTtls(given, existing);
}

/** Throws `schema-invalid` for a description of a collection that is too long. */
export function checkDescription(description: string): void {
  const max = limits.collectionDescriptionLength;
  const length = Buffer.byteLength(description);
  if (length <= max) return;
  throw new EngineError(
    "schema-invalid",
    `the length of collection description must be less than or equal to ${max} bytes`,
    { details: { found: length, max } },
  );
}

/** Milvus's property: `false` leaves merging to whoever asks for it. */
export const autoCompactionProperty = "collection.autocompaction.enabled";

function checkTtl(seconds: string | undefined): void {
  if (seconds === undefined) return;
  if (!/^[+-]?\d+$/.test(seconds)) {
    throw invalid("collection TTL is not a valid positive integer", { found: seconds });
  }
  if (Number(seconds) < -1 || Number(seconds) > ttlSecondsMax) {
    throw invalid(`collection TTL is out of range, expect [-1, ${ttlSecondsMax}], got ${seconds}`, {
      found: seconds,
      max: ttlSecondsMax,
    });
  }
}

function checkTtlField(schema: CollectionSchema, name: string | undefined): void {
  if (name === undefined) return;
  const field = fieldNamed(schema, name);
  if (field === undefined) {
    throw invalid(`ttl field name ${name} not found in schema`, { field: name });
  }
  if (field.type !== "Timestamptz") {
    throw invalid(`ttl field must be timestamptz, field name = ${name}`, { field: name });
  }
}

function refuseBothTtls(given: Properties, existing: Properties): void {
  const hasTtl = given[ttlProperty] !== undefined;
  const hasField = given[ttlFieldProperty] !== undefined;
  if (hasTtl && hasField) {
    throw invalid("collection TTL and ttl field cannot be set at the same time");
  }
  if (hasTtl && existing[ttlFieldProperty] !== undefined) {
    throw invalid("ttl field is already exists, cannot be set collection TTL");
  }
  if (hasField && existing[ttlProperty] !== undefined) {
    throw invalid("collection TTL is already set, cannot be set ttl field");
  }
}

function requireBoolean(name: string, value: string | undefined): void {
  if (value === undefined || /^(?:true|false)$/i.test(value)) return;
  throw invalid(`invalid ${name} value: ${value}, expected: true, false`, { found: value });
}

function invalid(
  message: string,
  details: Readonly<Record<string, string | number>> = {},
): EngineError {
  return new EngineError("invalid-parameter", message, { details });
}
