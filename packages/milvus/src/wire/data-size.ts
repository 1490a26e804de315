import type { WireData } from "./wire-field.ts";

/** About how many bytes data takes on the wire: near for vectors, which are dear to move. */
export function dataSize(data: WireData): number {
  switch (data.kind) {
    case "other":
      return 0;
    case "array":
      return dataSize(data.elements) + data.offsets.length * 6;
    case "long":
      // Varints of ids are mostly shorter than the eight bytes of memory.
      return data.values.length * 5;
    case "bool":
    case "int":
      return data.values.length;
    case "float":
    case "double":
    case "floatVector":
      return data.values.byteLength;
    case "string":
    case "bytes":
    case "json": {
      const count = data.offsets.length - 1;
      return data.offsets[count] - data.offsets[0] + 2 * count;
    }
    default:
      return data.bytes.length;
  }
}
