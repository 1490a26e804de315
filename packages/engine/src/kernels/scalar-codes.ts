// What the kernels for codes and for rotation compute, by their definitions: what the builds in
// WebAssembly are held against. See exports/code-exports.ts.

/** The 7-bit code of a vector, as long as the vector. All steps are f32, as in the kernels. */
export function codeOf(vector: Float32Array, mean: Float32Array, scale: number): Uint8Array {
  const { fround } = Math;
  return Uint8Array.from(vector, (x, i) => {
    const level = fround(fround(fround(x - mean[i]) * fround(scale)) + 64.5);
    return Math.floor(Math.min(127, Math.max(0, level)));
  });
}

/** What a component of a 4-bit code stands for: the middle of eight levels. */
export function middleOf(level: number): number {
  return 8 * (level >> 3) + 4;
}

/** The squared distance of two codes. */
export function codeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** Rotates a vector whose length is a multiple of 64, in place. All steps are f32. */
export function rotate(vector: Float32Array, signs: Float32Array): void {
  const { length } = vector;
  const width = 2 ** (31 - Math.clz32(length));
  const scale = Math.fround(1 / Math.sqrt(width));
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < length; i++) vector[i] *= signs[round * length + i];
    const start = round % 2 === 0 ? 0 : length - width;
    const window = vector.subarray(start, start + width);
    for (let i = 0; i < width; i++) window[i] *= scale;
    for (let half = 1; half < width; half *= 2) transform(window, half);
  }
}

/** One level of the Walsh-Hadamard transform. */
function transform(values: Float32Array, half: number): void {
  for (let i = 0; i < values.length; i++) {
    if ((i & half) !== 0) continue;
    const a = values[i];
    const b = values[i + half];
    values[i] = a + b;
    values[i + half] = a - b;
  }
}
