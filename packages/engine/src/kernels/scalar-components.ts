/** How the components of vectors may lie in memory, beside f32. */
export type NarrowType = "float16" | "bfloat16" | "int8";

/** The bytes of a component. */
export const narrowWidths: Readonly<Record<NarrowType, number>> = {
  float16: 2,
  bfloat16: 2,
  int8: 1,
};

/**
 * Components as f32, which holds each of them exactly. The bytes are little-endian. Infinities and
 * NaN of half precision, which no vector has, are read as large numbers, as the kernels do.
 */
export function widen(type: NarrowType, bytes: Uint8Array): Float32Array {
  const width = narrowWidths[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = new Float32Array(bytes.byteLength / width);
  const bits = new DataView(wide.buffer);
  for (let i = 0; i < wide.length; i++) {
    if (type === "int8") wide[i] = view.getInt8(i);
    else if (type === "float16") wide[i] = half(view.getUint16(2 * i, true));
    else bits.setUint32(4 * i, view.getUint16(2 * i, true) << 16, true);
  }
  return wide;
}

/** IEEE 754 half precision: a sign, 5 bits of exponent, and 10 of a fraction. */
export function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return (bits & 0x8000) === 0 ? magnitude : -magnitude;
}
