/**
 * A float of 32 bits as the number with few digits that is rounded to it, as JSON should show it:
 * 0.1, not 0.10000000149011612. Nine digits are enough for every float.
 */
export function shortFloat(value: number): number {
  const magnitude = Math.abs(value);
  // Elsewhere, zero and infinity included, a power of ten that scales it is not exact.
  if (!(magnitude > 1e-10 && magnitude < 1e15)) return shortened(value);
  const exponent = Math.floor(Math.log10(magnitude));
  for (let digits = 6; digits <= 9; digits++) {
    const places = digits - 1 - exponent;
    // A quotient of whole numbers is the double nearest to the decimal fraction that it stands for.
    const short =
      places >= 0
        ? Math.round(value * powers[places]) / powers[places]
        : Math.round(value / powers[-places]) * powers[-places];
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** As `shortFloat`, for each of them. */
export function shortFloats(values: ArrayLike<number>): number[] {
  const short = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) short[i] = shortFloat(values[i]);
  return short;
}

/** Of ten, up to the last that a double holds exactly. */
const powers: readonly number[] = Array.from({ length: 23 }, (_, exponent) =>
  Number(`1e${exponent}`),
);

/** The same through texts, which is slow but has no limits. */
function shortened(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
