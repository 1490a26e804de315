import { type Timestamp, timestampOfMs } from "../base/clock.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { RowExpiry } from "../segment/segment.ts";

/** Milvus's property: rows live so many seconds. Without it, and up to 0, for ever. */
export const ttlProperty = "collection.ttl.seconds";
/** Milvus's property: the name of a Timestamptz field that says when each row expires. */
export const ttlFieldProperty = "ttl_field";

/**
 * Which rows have expired at the moment `nowMs` of the wall clock; `undefined` when none can.
 * A row without a value in the field does not expire by it.
 */
export function expiryOf(
  schema: CollectionSchema,
  properties: Readonly<Record<string, string>>,
  nowMs: () => number,
): RowExpiry | undefined {
  const fieldName = properties[ttlFieldProperty];
  const field = fieldName === undefined ? undefined : fieldNamed(schema, fieldName);
  if (field !== undefined) {
    return { field: { id: field.id, until: BigInt(Math.floor(nowMs() * 1000)) } };
  }
  const before = oldestAlive(properties[ttlProperty], nowMs);
  return before === undefined ? undefined : { before };
}

function oldestAlive(seconds: string | undefined, nowMs: () => number): Timestamp | undefined {
  if (seconds === undefined || !(Number(seconds) > 0)) return undefined;
  return timestampOfMs(Math.max(0, nowMs() - Number(seconds) * 1000));
}
