import { must } from "../../base/assert.ts";
import { BoundedHeap } from "../../base/bounded-heap.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import type { BinaryIvf } from "./binary-ivf.ts";
import { codeOf, keyLimitOf } from "./binary-measure.ts";
import { type BinarySearch, HitCollector } from "./binary-search.ts";
import { SELECTOR_CAPACITY, selectorBytes, WasmRowSelector } from "./row-selector.ts";

export interface BinaryIvfSearch extends BinarySearch {
  /** Milvus's nprobe: lists to look into, at least 1; more than there are means all. */
  readonly probeCount: number;
}

/** Searches binary inverted files. Belongs to the thread of its kernels. */
export class BinaryIvfSearcher {
  readonly #kernels: Kernels;
  readonly #openings = new WeakMap<WasmMemory, OpenIndex>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** Offers keys and row numbers of what it finds to `heap`, which may have hits already. */
  search(index: BinaryIvf, search: BinaryIvfSearch, heap: BoundedHeap): void {
    if (heap.capacity === 0 || index.rowStart === index.rowEnd) return;
    const open = this.#open(index);
    const hits = new HitCollector(heap, search, keyLimitOf(index.metric));
    const probes = nearestLists(open, index, search);
    open.rows.setQuery(search.query);
    for (const list of probes) lookInto(open, list, { search, hits });
  }

  #open(index: BinaryIvf): OpenIndex {
    const known = this.#openings.get(index.memory);
    if (known !== undefined) return known;
    const { centroids } = index;
    const memory = IndexMemory.over(index.memory);
    const rowCount = index.rowEnd - index.rowStart;
    const opened = {
      centroids: this.#selector(index, centroids.memory, centroids.address),
      rows: this.#selector(index, index.memory, index.vectors),
      starts: memory.u32(index.starts, centroids.count + 1),
      rowNumbers: memory.u32(index.rows, rowCount),
    };
    this.#openings.set(index.memory, opened);
    return opened;
  }

  #selector({ metric, dim }: BinaryIvf, memory: WasmMemory, base: number): WasmRowSelector {
    const rowBytes = dim / 8;
    const scratch = IndexMemory.over(memory).scratch("binary-search", selectorBytes(rowBytes));
    return new WasmRowSelector(codeOf({ metric }), rowBytes, {
      exports: must(this.#kernels.exportsOver(memory), "indexes need WebAssembly"),
      buffer: memory.buffer,
      base,
      scratch,
    });
  }
}

/** What a thread needs of an index: views on its memory, and scratch space there. */
interface OpenIndex {
  readonly centroids: WasmRowSelector;
  readonly rows: WasmRowSelector;
  readonly starts: Uint32Array;
  readonly rowNumbers: Uint32Array;
}

/** The lists whose centroids are nearest, the nearest first. */
function nearestLists(
  { centroids }: OpenIndex,
  { centroids: { count }, metric }: BinaryIvf,
  { query, probeCount }: BinaryIvfSearch,
): Uint32Array {
  const nearest = new BoundedHeap(Math.min(probeCount, count));
  const limit = keyLimitOf(metric);
  centroids.setQuery(query);
  for (let first = 0; first < count; first += SELECTOR_CAPACITY) {
    const listCount = Math.min(SELECTOR_CAPACITY, count - first);
    const kept = centroids.selectRange(first, listCount, Math.min(limit, nearest.bound));
    for (let i = 0; i < kept; i++) nearest.push(centroids.keys[i], centroids.rows[i]);
  }
  return nearest.drain().ids;
}

/** Offers the rows of a list. */
function lookInto(
  { rows, starts, rowNumbers }: OpenIndex,
  list: number,
  { search, hits }: { search: BinaryIvfSearch; hits: HitCollector },
): void {
  const { allowed } = search;
  const end = starts[list + 1];
  let place = starts[list];
  while (place < end) {
    if (allowed === undefined) {
      const count = Math.min(SELECTOR_CAPACITY, end - place);
      hits.take(rows, rows.selectRange(place, count, hits.bound), rowNumbers);
      place += count;
      continue;
    }
    let count = 0;
    for (; place < end && count < SELECTOR_CAPACITY; place++) {
      if (allowed.has(rowNumbers[place])) rows.rows[count++] = place;
    }
    hits.take(rows, rows.selectRows(count, hits.bound), rowNumbers);
  }
}
