import type { WireData, WireField } from "./wire-field.ts";

/** About how many bytes data takes on the wire: near for vectors, which are dear to move. */
export function dataSize(data: WireData): number {
  switch (data.kind) {
    case "other":
      return 0;
    case "array":
      return dataSize(data.elements) + data.offsets.length * 6;
    case "vectorArray":
      return dataSize(data.elements) + data.offsets.length * 12;
    case "structs":
      return data.fields.reduce((sum, field) => sum + fieldDataSize(field), 0);
    case "long":
    case "timestamptz":
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
    case "json":
    case "geometry":
    case "geometryWkt":
    case "sparseFloatVector": {
      const count = data.offsets.length - 1;
      return data.offsets[count] - data.offsets[0] + 2 * count;
    }
    default:
      return data.bytes.length;
  }
}

/** About how many bytes a field takes on the wire. */
export function fieldDataSize({ data, name, valid }: WireField): number {
  return dataSize(data) + name.length + (valid?.length ?? 0) + 24;
}
