import type { ReadRequest } from "@redkite/engine";
import { invalidParameter, refused } from "../errors.ts";
import { integerOf, isTrue } from "./key-values.ts";

/** What a request for the next batch of a search iterator says (its protocol's second version). */
export interface IteratorParameters {
  /** Of the iteration, as its first answer named it. Absent: an iteration begins. */
  readonly token?: string;
  readonly batchSize: number;
  /** The bound that the last answer named: batches go on beyond it. */
  readonly lastBound?: number;
}

const batchSizeMax = 16_384;
const tokenForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The iterator of a search, if it has one of the second version. The first version needs nothing
 * here: its clients make range searches that leave out the keys that they have.
 * Throws `MilvusError` with Milvus's texts.
 */
export function iteratorParametersOf(
  parameters: ReadonlyMap<string, string>,
  offset: number,
): IteratorParameters | undefined {
  if (!isTrue(parameters.get("search_iter_v2"))) return undefined;
  if (!isTrue(parameters.get("iterator"))) {
    throw refused("both iterator and search_iter_v2 must be set in the SDK");
  }
  if (offset > 0) {
    throw invalidParameter("Setting an offset is not permitted when using a search iterator v2");
  }
  const token = parameters.get("search_iter_id") ?? "";
  if (token !== "" && !tokenForm.test(token)) throw refused("invalid token format");
  const lastBound = lastBoundOf(parameters.get("search_iter_last_bound") ?? "");
  return {
    batchSize: batchSizeOf(parameters),
    ...(token === "" ? {} : { token }),
    ...(lastBound === undefined ? {} : { lastBound }),
  };
}

/**
 * The batches of an iteration show one moment: that of the first one, which the client sends back
 * as `guarantee_timestamp`, in the request or (the Node SDK) among its parameters. Other requests
 * name the least moment that must be visible; they always see the newest.
 */
export function iterationMoment(
  parameters: ReadonlyMap<string, string>,
  guaranteeTimestamp: bigint,
): Pick<ReadRequest, "at" | "hold"> {
  if (!isTrue(parameters.get("iterator"))) return {};
  const text = parameters.get("guarantee_timestamp") ?? "";
  const at =
    guaranteeTimestamp === 0n && /^\d{1,19}$/.test(text) ? BigInt(text) : guaranteeTimestamp;
  return at > levelsEnd ? { at } : { hold: true };
}

/** Smaller timestamps stand for consistency levels: 1 is Eventually, 2 Bounded. */
const levelsEnd = 2n;

function batchSizeOf(parameters: ReadonlyMap<string, string>): number {
  const size = integerOf(parameters, "search_iter_batch_size");
  if (size === undefined) throw refused("batch size is required");
  if (size >= 1 && size <= batchSizeMax) return size;
  throw refused(
    `batch size is invalid, it should be in range [1, ${batchSizeMax}], but got ${size}`,
  );
}

function lastBoundOf(text: string): number | undefined {
  if (text.trim() === "") return undefined;
  const bound = Number(text);
  if (Number.isNaN(bound)) throw refused(`failed to parse input last bound, ${text}`);
  return Math.fround(bound);
}
