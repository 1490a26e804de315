/** What the policy knows of a sealed segment. */
export interface CompactionCandidate {
  readonly id: number;
  readonly partitionId: number;
  readonly rowCount: number;
  readonly deletedCount: number;
  readonly byteSize: number;
}

/** Segments of one partition that become one. */
export type CompactionPlan = readonly CompactionCandidate[];

/** Segments within a factor of this are of one tier. */
const tierFactor = 4;
/** So many segments of one tier are merged: each row is rewritten about once per tier. */
const tierWidth = 4;
const tierBytesMin = 1024 * 1024;
/** Larger segments are left alone: rewriting them would cost more than it saves. */
const mergedBytesMax = 1024 * 1024 * 1024;
/** A segment with this share of deleted rows is rewritten alone. */
const deletedShareMax = 0.2;

/**
 * Size-tiered compaction (as in Cassandra and RocksDB's universal style): merges segments of about
 * equal size when there are enough of them, and rewrites those with many deleted rows.
 */
export function planCompactions(candidates: readonly CompactionCandidate[]): CompactionPlan[] {
  const plans: CompactionPlan[] = [];
  for (const segments of groupBy(candidates, ({ partitionId }) => partitionId).values()) {
    const planned = new Set<CompactionCandidate>();
    for (const tier of groupBy(segments, tierOf).values()) {
      const plan = withinSize(tier);
      if (plan.length < tierWidth) continue;
      plans.push(plan);
      for (const segment of plan) planned.add(segment);
    }
    for (const segment of segments) {
      if (!planned.has(segment) && deletedShare(segment) > deletedShareMax) plans.push([segment]);
    }
  }
  return plans;
}

/**
 * Merges each partition's segments into as few as the largest size allows, and rewrites those that
 * stay alone when rows of them are deleted.
 */
export function planFullCompaction(candidates: readonly CompactionCandidate[]): CompactionPlan[] {
  const plans: CompactionPlan[] = [];
  for (const segments of groupBy(candidates, ({ partitionId }) => partitionId).values()) {
    let rest = segments;
    while (rest.length > 0) {
      const [first] = rest;
      const plan = withinSize(rest);
      const merged = plan.includes(first) ? plan : [first];
      if (merged.length > 1 || first.deletedCount > 0) plans.push(merged);
      rest = rest.filter((segment) => !merged.includes(segment));
    }
  }
  return plans;
}

function tierOf({ byteSize }: CompactionCandidate): number {
  return Math.max(0, Math.ceil(Math.log(byteSize / tierBytesMin) / Math.log(tierFactor)));
}

/** As many of the segments, oldest first, as fit into one of the largest size. */
function withinSize(segments: readonly CompactionCandidate[]): CompactionCandidate[] {
  let bytes = 0;
  return segments.filter(({ byteSize }) => {
    if (bytes + byteSize > mergedBytesMax) return false;
    bytes += byteSize;
    return true;
  });
}

function deletedShare({ deletedCount, rowCount }: CompactionCandidate): number {
  return rowCount === 0 ? 1 : deletedCount / rowCount;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
