import type { SnowparkConfig } from "../config/snowpark-config.ts";

/** Where Snowflake publishes what is charged. The figures here are an aid, that table decides. */
export const consumptionTable = "https://www.snowflake.com/legal-files/CreditConsumptionTable.pdf";

/** The year of the table that {@link creditsPerHour} is of. */
export const consumptionTableDate = "2025";

/**
 * Credits per hour and node, of Snowflake's consumption table. Families that came later are left out: for them nothing
 * is estimated.
 */
const creditsPerHour: Readonly<Record<string, number>> = {
  CPU_X64_XS: 0.06,
  CPU_X64_S: 0.11,
  CPU_X64_M: 0.22,
  CPU_X64_SL: 0.41,
  CPU_X64_L: 0.83,
  HIGHMEM_X64_S: 0.28,
  HIGHMEM_X64_M: 1.11,
  HIGHMEM_X64_L: 4.44,
  GPU_NV_S: 0.57,
  GPU_NV_M: 2.68,
  GPU_NV_L: 14.12,
};

/** The families with a known price, cheapest of each kind first. */
export const pricedFamilies: readonly string[] = Object.keys(creditsPerHour);

/** What a pool charges for while it runs, busy or not. Storage comes on top. */
export interface HourlyCost {
  readonly instanceFamily: string;
  readonly nodes: number;
  /** `undefined` for a family that the table does not have. */
  readonly creditsPerHour: number | undefined;
}

/** What the deployment's pool costs with its least number of nodes. */
export function hourlyCost({ pool }: Pick<SnowparkConfig, "pool">): HourlyCost {
  return costOfNodes(pool.instanceFamily, pool.minNodes);
}

export function costOfNodes(instanceFamily: string, nodes: number): HourlyCost {
  const each = creditsPerHour[instanceFamily];
  return {
    instanceFamily,
    nodes,
    creditsPerHour: each === undefined ? undefined : round(each * nodes),
  };
}

/** The cost in words, which say that it is an estimate. */
export function costText({ instanceFamily, nodes, creditsPerHour: credits }: HourlyCost): string {
  const what = `${nodes} node${nodes === 1 ? "" : "s"} of ${instanceFamily}`;
  if (credits === undefined) return `${what}: the price is in ${consumptionTable}`;
  const month = round(credits * 24 * 30);
  return (
    `${what}: about ${credits} credits an hour while the pool runs, ${month} in 30 days without a pause ` +
    `(an estimate by the table of ${consumptionTableDate}: ${consumptionTable})`
  );
}

/** Hundredths: the table has no more. */
function round(credits: number): number {
  return Math.round(credits * 100) / 100;
}
