// Writes the few messages of ONNX's protobuf format that a tiny network takes. Field numbers are those
// of onnx.proto3 (https://github.com/onnx/onnx).

/** An operator with its inputs and outputs by name. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Lists of whole numbers, such as axes, and single ones. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A tensor's name, type and shape; a text is a size that is not fixed. */
export interface OnnxValue {
  readonly name: string;
  readonly type: "float" | "int64";
  readonly shape: readonly (number | string)[];
}

export interface OnnxConstant {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxConstant[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const elementTypes = { float: 1, int64: 7 } as const;

/** The bytes of a model file. */
export function onnxModel({ nodes, constants, inputs, outputs }: OnnxGraph): Uint8Array {
  const graph = [
    ...nodes.map((node) => message(1, nodeBytes(node))),
    text(2, "tiny"),
    ...constants.map((constant) => message(5, tensorBytes(constant))),
    ...inputs.map((value) => message(11, valueBytes(value))),
    ...outputs.map((value) => message(12, valueBytes(value))),
  ].flat();
  const operatorSet = [...text(1, ""), ...number(2, 13)];
  return Uint8Array.from([...number(1, 8), ...message(7, graph), ...message(8, operatorSet)]);
}

function nodeBytes({ op, inputs, output, attributes = {} }: OnnxNode): number[] {
  const encoded = Object.entries(attributes).map(([name, value]) =>
    message(5, [
      ...text(1, name),
      ...(typeof value === "number"
        ? [...number(3, value), ...number(20, 2)]
        : [...value.flatMap((each) => number(8, each)), ...number(20, 7)]),
    ]),
  );
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...text(2, output),
    ...text(4, op),
    ...encoded.flat(),
  ];
}

function tensorBytes({ name, shape, data }: OnnxConstant): number[] {
  const type = data instanceof Float32Array ? elementTypes.float : elementTypes.int64;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [
    ...shape.flatMap((size) => number(1, size)),
    ...number(2, type),
    ...text(8, name),
    ...message(9, bytes),
  ];
}

function valueBytes({ name, type, shape }: OnnxValue): number[] {
  const dims = shape.flatMap((size) =>
    message(1, typeof size === "number" ? number(1, size) : text(2, size)),
  );
  const tensor = [...number(1, elementTypes[type]), ...message(2, dims)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function text(field: number, value: string): number[] {
  return message(field, Buffer.from(value));
}

function message(field: number, bytes: Iterable<number>): number[] {
  const content = [...bytes];
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}

function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function varint(value: number): number[] {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
