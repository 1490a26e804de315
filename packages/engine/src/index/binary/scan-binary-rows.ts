import { assert, must } from "../../base/assert.ts";
import type { BoundedHeap } from "../../base/bounded-heap.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import { memoryOf, slotAddress, slotBytes } from "../../kernels/vector-memory.ts";
import { RowLister } from "../flat/row-lister.ts";
import { type BinaryMeasure, codeOf, keyLimitOf } from "./binary-measure.ts";
import { type BinarySearch, HitCollector } from "./binary-search.ts";
import {
  type RowSelector,
  ScalarRowSelector,
  SELECTOR_CAPACITY,
  selectorBytes,
  WasmRowSelector,
} from "./row-selector.ts";

/** Rows to be scanned. */
export interface BinaryScanSource {
  /** Row r is `vectors[r * rowBytes .. (r + 1) * rowBytes]`, in a memory of `allocateVectorBytes`. */
  readonly vectors: Uint8Array;
  /** A row's bytes: its dimension divided by 8. */
  readonly rowBytes: number;
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** Scans rows of binary vectors exactly: this is BIN_FLAT, and what growing segments do. */
export function scanBinaryRows(
  kernels: Kernels,
  source: BinaryScanSource,
  { measure, ...search }: BinarySearch & { readonly measure: BinaryMeasure },
  heap: BoundedHeap,
): void {
  const { rowStart, rowEnd, rowBytes } = source;
  assert(search.query.length === rowBytes, `${search.query.length} bytes of ${rowBytes}`);
  if (heap.capacity === 0) return;
  const selector = selectorOver(kernels, source, measure);
  selector.setQuery(search.query);
  const hits = new HitCollector(heap, search, keyLimitOf(measure.metric));
  if (search.allowed === undefined) {
    for (let row = rowStart; row < rowEnd; row += SELECTOR_CAPACITY) {
      const count = Math.min(SELECTOR_CAPACITY, rowEnd - row);
      hits.take(selector, selector.selectRange(row, count, hits.bound));
    }
    return;
  }
  const lister = new RowLister({ rowStart, rowEnd, allowed: search.allowed });
  for (let count = lister.next(selector.rows); count > 0; count = lister.next(selector.rows)) {
    hits.take(selector, selector.selectRows(count, hits.bound));
  }
}

/** What picks rows of a column of vectors, in WebAssembly where they lie there. */
export function selectorOver(
  kernels: Kernels,
  { vectors, rowBytes }: Pick<BinaryScanSource, "vectors" | "rowBytes">,
  measure: BinaryMeasure,
): RowSelector {
  const code = codeOf(measure);
  const place = memoryOf(vectors);
  if (place === undefined || kernels.kind === "scalar") {
    return new ScalarRowSelector(code, rowBytes, vectors);
  }
  assert(selectorBytes(rowBytes) <= slotBytes, `rows of ${rowBytes} bytes`);
  const scratch = slotAddress(place, kernels.slot);
  return new WasmRowSelector(code, rowBytes, {
    exports: must(kernels.exportsOver(place.memory), "kernels in WebAssembly"),
    buffer: place.memory.buffer,
    base: vectors.byteOffset,
    scratch,
  });
}
