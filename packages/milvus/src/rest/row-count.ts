import type { KeyValuePair } from "../wire/gen/common_pb.ts";

/** The number of rows that statistics tell; 0 when they tell none. */
export function rowCountOf(stats: readonly KeyValuePair[]): bigint {
  return BigInt(stats.find(({ key }) => key === "row_count")?.value ?? 0);
}
