import type { BytesColumn, Column } from "../schema/column.ts";
import { jsonObjectAt } from "../schema/column-value.ts";
import { stringifyJson } from "../schema/json.ts";

/** A copy of the dynamic field's column in which each object has only the given keys. */
export function pickDynamicKeys(column: Column, keys: readonly string[]): BytesColumn {
  const { rowCount } = column;
  const parts: Buffer[] = [];
  const newOffsets = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    const object = jsonObjectAt(column, row);
    const picked = keys
      .filter((key) => Object.hasOwn(object, key))
      .map((key) => [key, object[key]]);
    const part = Buffer.from(stringifyJson(Object.fromEntries(picked)) ?? "{}");
    parts.push(part);
    newOffsets[row + 1] = newOffsets[row] + part.length;
  }
  return { layout: "bytes", rowCount, offsets: newOffsets, bytes: Buffer.concat(parts) };
}
