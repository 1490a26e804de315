import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import type { IndexMemory } from "../../kernels/index-memory.ts";
import type { QuantizerPlaces, QuantizerShape } from "./ivf-quantizer.ts";
import { scratchParts } from "./scratch-parts.ts";

/** Codes in the memory of a {@link CentroidSearch}, and where to write what is found: addresses. */
export interface SearchedCodes {
  readonly codes: number;
  readonly squares: number;
  readonly count: number;
  /** The nearest list of each. */
  readonly lists: number;
  /** Its distance in squared levels. */
  readonly distances: number;
}

/** From so many bytes on codes are compared in two stages: heads have 128. */
const headedBytesMin = 384;
/** And of so many lists: of few, the second stage would be most of the work. */
const headedListsMin = 128;

/** Finds the nearest centroids of codes; for long codes, of 99 in a hundred of them (see `assignRowsByHeads`). */
export class CentroidSearch {
  readonly #exports: WasmExports;
  readonly #shape: QuantizerShape;
  readonly #places: Pick<QuantizerPlaces, "halves" | "halfSquares">;
  readonly #heads: Record<"squares" | "scratch", number> | undefined;

  /** For as long as the centroids stay as they are. */
  constructor(
    exports: WasmExports,
    memory: IndexMemory,
    shape: QuantizerShape,
    places: Pick<QuantizerPlaces, "halves" | "halfSquares">,
  ) {
    this.#exports = exports;
    this.#shape = shape;
    this.#places = places;
    const { codeBytes, listCount } = shape;
    if (codeBytes < headedBytesMin || listCount < headedListsMin) return;
    this.#heads = scratchParts(memory, "ivf-heads", {
      squares: 4 * listCount,
      scratch: 12 * listCount + 16,
    });
    exports.squareHeads(places.halves, listCount, codeBytes, this.#heads.squares);
  }

  findNearest({ codes, squares, count, lists, distances }: SearchedCodes): void {
    const { codeBytes, listCount } = this.#shape;
    const { halves, halfSquares } = this.#places;
    const heads = this.#heads;
    if (heads === undefined) {
      // biome-ignore format: a call of a kernel is one line
      this.#exports.assignRows(codes, squares, count, codeBytes, halves, halfSquares, listCount, lists, distances);
    } else {
      // biome-ignore format: a call of a kernel is one line
      this.#exports.assignRowsByHeads(codes, squares, count, codeBytes, halves, halfSquares, listCount, heads.squares, heads.scratch, lists, distances);
    }
  }
}
