import type { Field } from "../schema/collection-schema.ts";
import { type Column, isValid, type VectorColumn } from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import {
  createVectorArray,
  vectorAt,
  vectorByteLength,
  vectorShapeOf,
} from "../schema/vector-layout.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { SegmentVectors } from "../segment/segment-vectors.ts";
import { readRowSync } from "../storage/node-file-system.ts";

/** The values of a field in the picked rows: pick i is row `rows[i]` of view `from[i]`. */
export function gatherOutput(field: Field, views: readonly SegmentView[], picks: Picks): Column {
  const { family, layout } = infoOf(field.type);
  if (layout === "vector") return gatherVectors(field, views, picks);
  const sources = views.map((view) => {
    const vectors = family === "vector" ? view.vectors(field.id) : undefined;
    return vectors?.place === "memory" ? vectors.column : view.column(field.id);
  });
  return gatherColumn(field, sources, picks);
}

/** Vectors to show lie in plain memory: no kernel reads them. */
function gatherVectors(field: Field, views: readonly SegmentView[], picks: Picks): VectorColumn {
  const { from, rows } = picks;
  const rowCount = rows.length;
  const shape = vectorShapeOf(field);
  const values = createVectorArray(shape, rowCount);
  const rowBytes = vectorByteLength(shape.element, shape.dim);
  const bytes = new Uint8Array(values.buffer);
  const sources = views.map((view) => view.vectors(field.id));
  for (let i = 0; i < rowCount; i++) {
    const target = bytes.subarray(i * rowBytes, (i + 1) * rowBytes);
    copyVector(target, sources[from[i]], rows[i]);
  }
  const validity = gatherValidity(sources, picks);
  return { layout: "vector", ...shape, rowCount, values, ...(validity && { validity }) };
}

/** Copies a row's vector; null rows have zeros. */
function copyVector(target: Uint8Array, source: SegmentVectors, row: number): void {
  if (source.place === "file") {
    const { descriptor, offset } = source.rows;
    readRowSync(descriptor, target, offset + row * target.length);
  } else if (source.column.layout === "vector") {
    const { buffer, byteOffset, byteLength } = vectorAt(source.column, row);
    target.set(new Uint8Array(buffer, byteOffset, byteLength));
  }
}

function gatherValidity(
  sources: readonly SegmentVectors[],
  { from, rows }: Picks,
): Uint8Array | undefined {
  const holders = sources.map((source) => (source.place === "file" ? source.rows : source.column));
  if (holders.every(({ validity }) => validity === undefined)) return undefined;
  const bits = new Uint8Array((rows.length + 7) >>> 3);
  for (let i = 0; i < rows.length; i++) {
    if (isValid(holders[from[i]], rows[i])) bits[i >>> 3] |= 1 << (i & 7);
  }
  return bits;
}
