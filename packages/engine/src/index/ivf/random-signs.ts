/** Fills `target` with 1 and -1 at random; the same seed gives the same. */
export function fillWithSigns(target: Float32Array, seed: number): void {
  // Mulberry32, of whose words one bit is taken each.
  let state = seed | 0;
  for (let i = 0; i < target.length; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    target[i] = (word ^ (word >>> 14)) < 0 ? -1 : 1;
  }
}
