/** A length of time: months differ in theirs, so they are kept apart. May be negative. */
export interface TimeInterval {
  readonly months: bigint;
  readonly micros: bigint;
}

const pattern = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Longest run of digits: more than any length of time that makes sense, less than costs time. */
const maxDigits = 18;

/** Reads an ISO 8601 duration of whole units, as `P1Y2M3DT4H5M6S`. Undefined for anything else. */
export function parseInterval(text: string): TimeInterval | undefined {
  const found = pattern.exec(text);
  if (found === null || found.some((part, i) => i > 0 && part?.length > maxDigits))
    return undefined;
  const [years, months, days, hours, minutes, seconds] = found
    .slice(1)
    .map((digits) => BigInt(digits ?? 0));
  return {
    months: years * 12n + months,
    micros: (((days * 24n + hours) * 60n + minutes) * 60n + seconds) * 1_000_000n,
  };
}

export function negativeInterval({ months, micros }: TimeInterval): TimeInterval {
  return { months: -months, micros: -micros };
}

const microsPerDay = 86_400_000_000n;

/**
 * The time an interval after another, in the proleptic Gregorian calendar of UTC: first the months,
 * then the rest. A day that its month does not have runs over: a month after January 31 is March 3,
 * or 2 in a leap year (as absl's civil time does it, which Milvus uses).
 */
export function shiftTime(micros: bigint, interval: TimeInterval): bigint {
  if (interval.months === 0n) return micros + interval.micros;
  const day = floorDivide(micros, microsPerDay);
  const rest = micros - day * microsPerDay;
  const { year, month, dayOfMonth } = civilOf(day);
  const total = year * 12n + month - 1n + interval.months;
  const shiftedYear = floorDivide(total, 12n);
  const first = dayOf(shiftedYear, total - shiftedYear * 12n + 1n);
  return (first + dayOfMonth - 1n) * microsPerDay + rest + interval.micros;
}

/** The days from 1970-01-01 to the first of a month (H. Hinnant, "chrono-compatible algorithms"). */
function dayOf(year: bigint, month: bigint): bigint {
  const shifted = month <= 2n ? year - 1n : year;
  const era = floorDivide(shifted, 400n);
  const yearOfEra = shifted - era * 400n;
  const dayOfYear = (153n * (month > 2n ? month - 3n : month + 9n) + 2n) / 5n;
  const dayOfEra = yearOfEra * 365n + yearOfEra / 4n - yearOfEra / 100n + dayOfYear;
  return era * 146_097n + dayOfEra - 719_468n;
}

/** The inverse: the date of a day, in the same source. */
function civilOf(day: bigint): { year: bigint; month: bigint; dayOfMonth: bigint } {
  const z = day + 719_468n;
  const era = floorDivide(z, 146_097n);
  const dayOfEra = z - era * 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const mp = (5n * dayOfYear + 2n) / 153n;
  const dayOfMonth = dayOfYear - (153n * mp + 2n) / 5n + 1n;
  const month = mp < 10n ? mp + 3n : mp - 9n;
  return { year: yearOfEra + era * 400n + (month <= 2n ? 1n : 0n), month, dayOfMonth };
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient;
}
