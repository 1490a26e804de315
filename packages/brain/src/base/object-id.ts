import { randomBytes } from "node:crypto";

const pattern = /^[0-9a-f]{24}$/;

/** Whether `text` is an id as samples and labels have them: 24 hex digits in lower case. */
export function isObjectId(text: string): boolean {
  return pattern.test(text);
}

// The last eight bytes count on from a random start, so ids made one after the other ascend and
// none comes twice from one process; other processes start elsewhere.
let count = randomBytes(8).readBigUInt64BE();

/**
 * A new id of FiftyOne's form (an ObjectId of MongoDB): 24 hex digits, of which the first eight are
 * the second of its making.
 */
export function newObjectId(nowMs: number = Date.now()): string {
  count = BigInt.asUintN(64, count + 1n);
  const seconds = Math.floor(nowMs / 1000) % 2 ** 32;
  return seconds.toString(16).padStart(8, "0") + count.toString(16).padStart(16, "0");
}
