import { type DataType, EngineError } from "@redkite/engine";

type WireInts = Int8Array | Int16Array | Int32Array;

/**
 * The int32s of the wire as the array that holds an integer type. Throws `schema-mismatch` with
 * Milvus's text for a value outside the type's range; `positionOf` says which element of its row
 * it is.
 */
export function narrowInts(
  type: DataType,
  values: WireInts,
  positionOf: (index: number) => number,
): WireInts {
  if (type !== "Int8" && type !== "Int16") return values;
  const [min, max] = type === "Int8" ? [-128, 127] : [-32_768, 32_767];
  const index = values.findIndex((value) => value < min || value > max);
  if (index >= 0) {
    throw new EngineError(
      "schema-mismatch",
      `the ${positionOf(index)}th element (${values[index]}) out of range: [${min}, ${max}]`,
    );
  }
  return type === "Int8" ? Int8Array.from(values) : Int16Array.from(values);
}
