import { must } from "../../base/assert.ts";
import { copyFloats } from "../../kernels/dense-rows.ts";
import type { WasmExports } from "../../kernels/exports/wasm-exports.ts";
import { IndexMemory } from "../../kernels/index-memory.ts";
import type { Kernels } from "../../kernels/kernels.ts";
import type { WasmMemory } from "../../kernels/web-assembly.ts";
import { rowAt } from "../present-rows.ts";
import type { BuildSite } from "./build-site.ts";
import { layoutScratch, scratchIn } from "./graph-layout.ts";
import { type RowCoding, type RowPlaces, rotateRows } from "./row-coding.ts";

/** A range of rows of a site, or of positions of their order. */
export interface Positions {
  readonly site: BuildSite;
  readonly start: number;
  readonly end: number;
}

/** A thread's own room in the memory of a build. */
export interface RowRoom {
  readonly exports: WasmExports;
  readonly memory: IndexMemory;
  readonly scratch: number;
  readonly row: number;
  readonly paddedRow: number;
  readonly rowCapacity: number;
}

/** Floats of the rows that are coded at a time. */
const ROW_FLOATS = 49_152;

export function roomIn(kernels: Kernels, site: BuildSite, paddedDim: number): RowRoom {
  const memory = IndexMemory.over(site.memory);
  const rowCapacity = Math.max(1, Math.min(64, Math.floor(ROW_FLOATS / paddedDim)));
  const layout = layoutScratch({
    nodeCount: site.nodeCount,
    degree: site.degree,
    paddedDim,
    poolCapacity: site.efConstruction,
  });
  const scratch = scratchIn(memory, layout);
  const rowBytes = 4 * paddedDim * rowCapacity;
  const rows = memory.scratch("graph rows", 2 * rowBytes);
  return {
    exports: exportsOver(kernels, site.memory),
    memory,
    scratch,
    row: rows,
    paddedRow: rows + rowBytes,
    rowCapacity,
  };
}

export function exportsOver(kernels: Kernels, memory: WasmMemory): WasmExports {
  return must(kernels.exportsOver(memory), "a graph is built in WebAssembly");
}

/** Copies `count` rows of the source to the room, and rotates them there. */
function loadRows(
  room: RowRoom,
  { source }: BuildSite,
  coding: RowCoding,
  { count, rowOf }: { count: number; rowOf: (i: number) => number },
): RowPlaces {
  const { dim } = source;
  const target = room.memory.f32(room.row, count * dim);
  for (let i = 0; i < count; i++) {
    const start = rowOf(i) * dim;
    copyFloats(source, { start, end: start + dim }, target, i * dim);
  }
  const places: RowPlaces = { row: room.row, count, paddedRow: room.paddedRow };
  rotateRows(room.exports, coding, places);
  return places;
}

const SAMPLE_ROWS = 1024;
const SAMPLE_FLOATS = 262_144;
/** The share of the sample's components that the codes' range holds; the others are clipped. */
const RANGE_SHARE = 0.9995;

/** Finds the mean of a sample of the rows, and the scale that makes the best use of the codes. */
export function measureScale(
  room: RowRoom,
  { site, coding }: { site: BuildSite; coding: RowCoding },
): number {
  const { paddedDim } = coding;
  const rowCount = site.rows.count;
  const sampleMax = Math.max(64, Math.min(SAMPLE_ROWS, Math.floor(SAMPLE_FLOATS / paddedDim)));
  const sampleCount = Math.min(rowCount, sampleMax);
  const stride = Math.floor(rowCount / sampleCount);
  const sample = new Float32Array(sampleCount * paddedDim);
  for (let first = 0; first < sampleCount; first += room.rowCapacity) {
    const count = Math.min(room.rowCapacity, sampleCount - first);
    const rowOf = (i: number): number => rowAt(site.rows, (first + i) * stride);
    loadRows(room, site, coding, { count, rowOf });
    sample.set(room.memory.f32(room.paddedRow, count * paddedDim), first * paddedDim);
  }
  const mean = new Float32Array(paddedDim);
  if (coding.metric !== "IP") {
    for (let i = 0; i < sample.length; i++) mean[i % paddedDim] += sample[i] / sampleCount;
  }
  room.memory.f32(coding.mean, paddedDim).set(mean);
  for (let i = 0; i < sample.length; i++) sample[i] = Math.abs(sample[i] - mean[i % paddedDim]);
  sample.sort();
  const range = sample[Math.floor(RANGE_SHARE * (sample.length - 1))] || sample[sample.length - 1];
  return range > 0 ? 63 / range : 1;
}

export function encode(
  room: RowRoom,
  { site, coding, start, end }: Positions & { readonly coding: RowCoding },
): number {
  const { exports, rowCapacity } = room;
  const { metric, paddedDim, mean, scale } = coding;
  for (let first = start; first < end; first += rowCapacity) {
    const count = Math.min(rowCapacity, end - first);
    const rowOf = (i: number): number => site.rowStart + first + i;
    const { paddedRow } = loadRows(room, site, coding, { count, rowOf });
    const codes = site.codes7 + first * paddedDim;
    const squares = site.squares7 + 4 * first;
    exports.quantize7(paddedRow, count, paddedDim, mean, scale, codes, squares, paddedDim);
    const codes4 = site.codes4 + (first * paddedDim) / 2;
    const squares4 = site.squares4 + 4 * first;
    const isNarrow = site.codes4 !== 0;
    if (isNarrow) exports.pack4(codes, count, paddedDim, paddedDim, codes4, squares4);
    if (metric === "IP") {
      exports.graphLinearize(codes, count, paddedDim, squares, isNarrow ? squares4 : 0);
    }
    if (metric === "COSINE") {
      markZeros(room, coding, count, isNarrow ? [squares, squares4] : [squares]);
    }
  }
  return exports.graphUpperCount(site.graph, start, end);
}

/**
 * Gives rows without direction the distance of those with cosine 0: that to a vector of norm 1 is 1
 * more than it would be.
 */
function markZeros(
  { memory, row }: RowRoom,
  { dim, scale }: RowCoding,
  count: number,
  squares: readonly number[],
): void {
  const rows = memory.f32(row, count * dim);
  for (let r = 0; r < count; r++) {
    let at = r * dim;
    while (at < (r + 1) * dim && rows[at] === 0) at++;
    if (at < (r + 1) * dim) continue;
    for (const address of squares) memory.u32(address, count)[r] += Math.round(scale * scale);
  }
}

/** Inserts the nodes at positions of an order. */
export function insert(
  { exports, scratch }: RowRoom,
  { site, order, start, end }: Positions & { readonly order: Uint32Array },
): void {
  for (let at = start; at < end; at++) exports.graphInsert(site.graph, scratch, order[at]);
}
