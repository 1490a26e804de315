import { unsupported } from "../errors.ts";

/** Parts of requests to read that would change the answer and are not built. */
interface UnsupportedParts {
  readonly namespace?: string | undefined;
  readonly travelTimestamp: bigint;
  readonly functionChains?: readonly unknown[];
  readonly highlighter?: unknown;
}

/** Refuses what `request` asks for beyond what is built; `what` is it. Throws `MilvusError`. */
export function refuseUnsupportedParts(
  what: "query" | "search" | "hybrid search",
  { namespace = "", travelTimestamp, functionChains = [], highlighter }: UnsupportedParts,
): void {
  if (functionChains.length > 0) throw unsupported(`function_chains of a ${what}`);
  if (highlighter !== undefined) throw unsupported(`highlighter of a ${what}`);
  if (namespace !== "") throw unsupported(`namespace of a ${what}`);
  if (travelTimestamp !== 0n) throw unsupported("time travel (travel_timestamp)");
}
