import { must } from "../base/assert.ts";
import type { Field } from "../schema/collection-schema.ts";
import type { Column, VectorColumn } from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import { gatherColumn, type Picks } from "../schema/gather.ts";
import type { SegmentView } from "../segment/segment.ts";
import { readRowSync } from "../storage/node-file-system.ts";

/** The values of a field in the picked rows: pick i is row `rows[i]` of view `from[i]`. */
export function gatherOutput(field: Field, views: readonly SegmentView[], picks: Picks): Column {
  if (infoOf(field.type).family === "vector") return gatherVectors(field, views, picks);
  const sources = views.map((view) => view.column(field.id));
  return gatherColumn(field, sources, picks);
}

function gatherVectors(field: Field, views: readonly SegmentView[], picks: Picks): Column {
  const vectors = views.map((view) => view.vectors(field.id));
  const columns = vectors.flatMap((source) => (source.place === "memory" ? source.column : []));
  if (columns.length === views.length) return gatherColumn(field, columns, picks);
  const dim = must(field.dim, "dim of a vector field");
  const { from, rows } = picks;
  const values = new Float32Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++) {
    const source = vectors[from[i]];
    const target = values.subarray(i * dim, (i + 1) * dim);
    if (source.place === "memory") {
      target.set(source.column.values.subarray(rows[i] * dim, (rows[i] + 1) * dim));
    } else {
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      readRowSync(source.rows.descriptor, bytes, source.rows.offset + rows[i] * dim * 4);
    }
  }
  return { layout: "vector", rowCount: rows.length, dim, values } satisfies VectorColumn;
}
