/** Marsaglia's xorshift128 as numbers in [0, 1), and normal deviates by his polar method. */
export class Random {
  #a;
  #b;
  #c;
  #d;
  #spare;

  /** The same seeds give the same numbers. */
  constructor(...seeds) {
    const mix = (salt) => seeds.reduce((hash, seed) => scramble(hash ^ seed), scramble(salt));
    [this.#a, this.#b, this.#c, this.#d] = [mix(1), mix(2), mix(3), mix(4) | 1];
  }

  next() {
    let t = this.#a ^ (this.#a << 11);
    t ^= t >>> 8;
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ t;
    return (this.#d >>> 0) / 2 ** 32;
  }

  /** Of mean 0 and deviation 1. */
  normal() {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.next() - 1;
      const y = 2 * this.next() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        this.#spare = y * factor;
        return x * factor;
      }
    }
  }
}

/** The finaliser of MurmurHash3: every bit of the seed moves every bit. */
function scramble(seed) {
  let hash = (seed + 0x9e3779b9) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
