import {
  EngineError,
  type Field,
  type ListColumn,
  type SparseColumn,
  strideOf,
  type VectorColumn,
  type VectorElement,
  vectorArrayKind,
  vectorByteLength,
  vectorShapeOf,
} from "@redkite/engine";
import type { WireSparseVectors, WireVectorArrays, WireVectors } from "./wire-field.ts";

/** Dense vectors of a request as a column. Throws `dimension-mismatch` with Milvus's texts. */
export function denseColumn(field: Field, data: WireVectors): VectorColumn {
  const column = vectorsOf(field, data);
  const { dim = 0, name } = field;
  if (data.dim !== dim && column.rowCount > 0) {
    throw new EngineError(
      "dimension-mismatch",
      `the dim (${data.dim}) of field data(${name}) is not equal to schema dim (${dim})`,
      { details: { field: name, expected: dim, actual: data.dim } },
    );
  }
  return column;
}

/** The vectors, whatever dim the message says. */
function vectorsOf(field: Field, data: WireVectors): VectorColumn {
  const shape = vectorShapeOf(field);
  const { element, dim } = shape;
  if (data.kind === "floatVector") {
    const { values } = data;
    if (values.length % dim !== 0) throw indivisible(field, element, values.length);
    return { layout: "vector", ...shape, rowCount: values.length / dim, values };
  }
  const { bytes } = data;
  const rowBytes = vectorByteLength(element, dim);
  if (bytes.length % rowBytes !== 0) throw indivisible(field, element, bytes.length);
  const rowCount = bytes.length / rowBytes;
  return { layout: "vector", ...shape, rowCount, values: componentsOf(element, bytes) };
}

/** The components in the bytes of dense vectors: a view, or a copy where they do not lie aligned. */
export function componentsOf(element: VectorElement, bytes: Uint8Array): VectorColumn["values"] {
  const kind = vectorArrayKind(element);
  const width = kind.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : Uint8Array.from(bytes);
  return new kind(aligned.buffer, aligned.byteOffset, aligned.length / width);
}

const lengthTexts: Readonly<Record<VectorElement, (length: number) => string>> = {
  float32: (length) => `the length(${length}) of float data`,
  float16: (length) => `the length(${length}) of float16 data`,
  bfloat16: (length) => `the length(${length}) of bfloat data`,
  int8: (length) => `the length(${length}) of int8 data`,
  bit: (length) => `the num(${length * 8}) of all bits`,
};

function indivisible(field: Field, element: VectorElement, length: number): EngineError {
  return new EngineError(
    "dimension-mismatch",
    `${lengthTexts[element](length)} should divide the dim(${field.dim ?? 0})`,
    { details: { field: field.name } },
  );
}

/** Bytes of a component: an index (u32) and a value (f32). */
const componentBytes = 8;

/** Sparse vectors of a request as a column. The engine checks the components. */
export function sparseColumn({ offsets: ends, bytes }: WireSparseVectors): SparseColumn {
  const rowCount = ends.length - 1;
  const offsets = new Uint32Array(ends.length);
  for (let row = 0; row < rowCount; row++) {
    const length = ends[row + 1] - ends[row];
    if (length % componentBytes !== 0) {
      throw new EngineError(
        "invalid-parameter",
        `invalid data length in sparse float vector: ${length}`,
      );
    }
    offsets[row + 1] = offsets[row] + length / componentBytes;
  }
  const sent = bytes.subarray(ends[0], ends[rowCount]);
  return { layout: "sparse", rowCount, offsets, ...splitComponents(sent) };
}

/** The indices and values of pairs of both, little-endian. */
function splitComponents(pairs: Uint8Array): Pick<SparseColumn, "indices" | "values"> {
  const count = pairs.length / componentBytes;
  const words = new Uint32Array(Uint8Array.from(pairs).buffer);
  const floats = new Float32Array(words.buffer);
  const indices = new Uint32Array(count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    indices[i] = words[2 * i];
    values[i] = floats[2 * i + 1];
  }
  return { indices, values };
}

/** Arrays of vectors of a request as a column. Throws with Milvus's texts. */
export function vectorArrayColumn(field: Field, data: WireVectorArrays): ListColumn {
  const { offsets: ends, elements: sent, dim: sentDim } = data;
  const { dim = 0, name } = field;
  const { element } = vectorShapeOf(field);
  const rowCount = ends.length - 1;
  const isEmpty = ends[rowCount] === 0;
  if (sent.kind !== wireKinds[element] && !(isEmpty && sent.kind === "other")) {
    throw new EngineError(
      "schema-mismatch",
      `array of vector field '${name}' is illegal, array type mismatch`,
      {
        details: {
          field: name,
          expected: `need ${vectorTitles[element]} vector array`,
          actual: "got nil",
        },
      },
    );
  }
  if (sentDim !== dim && rowCount > 0) {
    throw new EngineError(
      "dimension-mismatch",
      `the dim (${sentDim}) of field data(${name}) is not equal to schema dim (${dim})`,
      { details: { field: name, expected: dim, actual: sentDim } },
    );
  }
  const width = element === "float32" ? strideOf(element, dim) : vectorByteLength(element, dim);
  const offsets = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) {
    const length = ends[row + 1] - ends[row];
    if (length % width !== 0) {
      throw new EngineError(
        "dimension-mismatch",
        `payload length ${length} is not divisible by vector width ${width}`,
        { details: { field: name, row } },
      );
    }
    offsets[row + 1] = offsets[row] + length / width;
  }
  const none = { kind: "int8Vector", dim, bytes: new Uint8Array(0) } as const;
  return {
    layout: "list",
    rowCount,
    offsets,
    elements: vectorsOf(field, sent.kind === "other" ? none : sent),
  };
}

const wireKinds: Readonly<Record<VectorElement, WireVectors["kind"]>> = {
  float32: "floatVector",
  float16: "float16Vector",
  bfloat16: "bfloat16Vector",
  int8: "int8Vector",
  bit: "binaryVector",
};

const vectorTitles: Readonly<Record<VectorElement, string>> = {
  float32: "float",
  float16: "float16",
  bfloat16: "bfloat16",
  int8: "int8",
  bit: "binary",
};
