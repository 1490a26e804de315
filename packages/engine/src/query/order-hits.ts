import type { SegmentView } from "../segment/segment.ts";
import { type OrderKey, RowOrder } from "./order-rows.ts";
import { forEachQuery, type Hits, reordered } from "./search-hits.ts";

/**
 * The hits of each query in another order; hits in groups stay together, and their groups are put in
 * order by their best hits. What compares as equal stays as it is.
 */
export function orderHits(
  hits: Hits,
  keys: readonly OrderKey[],
  views: readonly SegmentView[],
): Hits {
  const rowOrder = new RowOrder(keys, views);
  const { from, rows } = hits.picks;
  const order: number[][] = [];
  forEachQuery(hits, (query, start, end) => {
    const units = unitsOf(hits, start, end);
    units.sort(([a], [b]) => rowOrder.compare(from[a], rows[a], from[b], rows[b]));
    order[query] = units.flat();
  });
  return reordered(hits, order);
}

/** The places of hits that stay together. */
function unitsOf({ groupStarts }: Hits, start: number, end: number): number[][] {
  const units: number[][] = [];
  for (let place = start; place < end; place++) {
    if (groupStarts === undefined || groupStarts[place] === 1) units.push([place]);
    else units[units.length - 1].push(place);
  }
  return units;
}
