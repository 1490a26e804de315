// Half-precision numbers are moved as their 16 bits: Node 20 has no array for them.

const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The number of 16 bits in IEEE 754's binary16. */
export function float16ToNumber(half: number): number {
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest binary16 of a number, ties to even; infinite from 65,520 on. */
export function numberToFloat16(value: number): number {
  floats[0] = value;
  const single = bits[0];
  const sign = (single >>> 16) & 0x8000;
  const rest = single & 0x7fff_ffff;
  if (rest > 0x7f80_0000) return sign | 0x7e00; // not a number
  if (rest >= 0x4780_0000) return sign | 0x7c00; // 65,536 and more
  if (rest < 0x3880_0000) return sign | roundedSubnormal(rest);
  // Less than half, half, or more of the last place is cut off: up in the last two, if odd.
  const rounded = rest + 0xfff + ((rest >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

/** Below 2^-14 the places are 2^-24 wide, whatever the exponent. */
function roundedSubnormal(rest: number): number {
  const exponent = rest >>> 23;
  if (exponent < 102) return 0; // less than half of 2^-24
  const fraction = (rest & 0x7f_ffff) | 0x80_0000;
  const shift = 126 - exponent;
  const kept = fraction >>> shift;
  const cut = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return cut > half || (cut === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The number of 16 bits in bfloat16: the upper half of a 32-bit float. */
export function bfloat16ToNumber(half: number): number {
  bits[0] = half << 16;
  return floats[0];
}

/** The nearest bfloat16 of a number, ties to even. */
export function numberToBFloat16(value: number): number {
  floats[0] = value;
  const single = bits[0];
  if ((single & 0x7fff_ffff) > 0x7f80_0000) return ((single >>> 16) & 0x8000) | 0x7fc0;
  return ((single + 0x7fff + ((single >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The kinds of half-precision components. */
export type HalfElement = "float16" | "bfloat16";

/** Half-precision numbers as 32-bit floats, which hold them exactly. */
export function halvesToFloats(element: HalfElement, halves: Uint16Array): Float32Array {
  const converted = new Float32Array(halves.length);
  if (element === "bfloat16") {
    const words = new Uint32Array(converted.buffer);
    for (let i = 0; i < halves.length; i++) words[i] = halves[i] << 16;
  } else {
    for (let i = 0; i < halves.length; i++) converted[i] = float16ToNumber(halves[i]);
  }
  return converted;
}

/** Numbers rounded to half precision. */
export function floatsToHalves(element: HalfElement, values: ArrayLike<number>): Uint16Array {
  const convert = element === "float16" ? numberToFloat16 : numberToBFloat16;
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = convert(values[i]);
  return halves;
}

/** The place of the first infinity or NaN, or -1: their exponents are all ones. */
export function indexOfNonFinite(element: HalfElement, halves: Uint16Array): number {
  const exponent = element === "float16" ? 0x7c00 : 0x7f80;
  return halves.findIndex((half) => (half & exponent) === exponent);
}
