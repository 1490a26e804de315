import type { Column } from "@redkite/engine";
import { writeIds } from "./ids.ts";
import { writeInts } from "./packed-numbers.ts";
import { writeSuccess } from "./success-status.ts";
import { WireWriter } from "./wire-writer.ts";

/** What the `milvus.MutationResult` of a write that succeeded says. Absent parts are left out. */
export interface WireMutationResult {
  /** Keys of the rows that were written, or asked to be deleted. */
  readonly keys?: Column;
  /** Positions in the request of the rows that succeeded, and of those that failed. */
  readonly successIndexes?: Uint32Array;
  readonly errorIndexes?: Uint32Array;
  readonly acknowledged?: boolean;
  readonly insertCount?: number;
  readonly deleteCount?: number;
  readonly upsertCount?: number;
  readonly timestamp?: bigint;
}

/** Encodes a `milvus.MutationResult`. */
export function encodeMutationResult(result: WireMutationResult): Uint8Array {
  const writer = new WireWriter(64 + 16 * (result.keys?.rowCount ?? 0));
  writeSuccess(writer);
  if (result.keys !== undefined) writeIds(writer, 2, result.keys);
  if (result.successIndexes !== undefined) writeInts(writer, 3, result.successIndexes);
  if (result.errorIndexes !== undefined) writeInts(writer, 4, result.errorIndexes);
  writer
    .bool(5, result.acknowledged ?? false)
    .int64(6, BigInt(result.insertCount ?? 0))
    .int64(7, BigInt(result.deleteCount ?? 0))
    .int64(8, BigInt(result.upsertCount ?? 0))
    .int64(9, result.timestamp ?? 0n);
  return writer.finish();
}
