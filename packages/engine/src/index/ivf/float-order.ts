const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/** A word that has the order of floats: `keyOf` of kernels/assembly/ivf-entries.ts. */
export function orderOfFloat(value: number): number {
  floats[0] = value + 0; // -0 is 0
  const bits = words[0];
  return (bits ^ ((bits >> 31) | 0x80000000)) >>> 0;
}

/** The float of such a word. */
export function floatOfOrder(order: number): number {
  words[0] = order >>> 31 === 1 ? order ^ 0x80000000 : ~order;
  return floats[0];
}
