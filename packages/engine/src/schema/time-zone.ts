/** How far a time zone is ahead of UTC at a moment, both in seconds. */
export interface TimeZone {
  offsetAt(unixSeconds: number): number;
}

const utc: TimeZone = { offsetAt: () => 0 };

/** There are some hundred names: it can't grow without end. */
const known = new Map<string, TimeZone>([
  ["", utc],
  ["UTC", utc],
]);

/** The time zone of an IANA name, spelled as in the database; `undefined` for other names. */
export function timeZoneNamed(name: string): TimeZone | undefined {
  const found = known.get(name);
  if (found !== undefined) return found;
  const zone = openTimeZone(name);
  if (zone !== undefined) known.set(name, zone);
  return zone;
}

/** Names of zones, not offsets, which newer runtimes take too. */
const namePattern = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

function openTimeZone(name: string): TimeZone | undefined {
  if (!namePattern.test(name)) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { ...allParts, timeZone: name });
  } catch {
    return undefined; // RangeError: there is no such zone
  }
  const { timeZone } = format.resolvedOptions();
  const isMisspelled = timeZone !== name && timeZone.toLowerCase() === name.toLowerCase();
  return isMisspelled ? undefined : new NamedZone(format);
}

const secondsPerDay = 86_400;

/** Days whose offsets are kept: those of half a century. */
const keptDays = 18_262;

/** Asking the runtime for an offset takes a thousand times as long as looking it up. */
class NamedZone implements TimeZone {
  readonly #format: Intl.DateTimeFormat;
  /** The offset at the begin of each day, UTC, that was asked for. */
  readonly #offsets = new Map<number, number>();

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  offsetAt(unixSeconds: number): number {
    const day = Math.floor(unixSeconds / secondsPerDay);
    const offset = this.#offsetOfDay(day);
    // No zone changes its offset twice a day.
    if (offset === this.#offsetOfDay(day + 1)) return offset;
    return offsetOf(this.#format, unixSeconds);
  }

  #offsetOfDay(day: number): number {
    const known = this.#offsets.get(day);
    if (known !== undefined) return known;
    const offset = offsetOf(this.#format, day * secondsPerDay);
    if (this.#offsets.size >= keptDays) this.#offsets.clear();
    this.#offsets.set(day, offset);
    return offset;
  }
}

const allParts: Intl.DateTimeFormatOptions = {
  calendar: "gregory",
  numberingSystem: "latn",
  hourCycle: "h23",
  era: "short",
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "numeric",
  second: "numeric",
};

/** The moments that the runtime's calendar reaches, in seconds. */
const latest = 8.64e12;

function offsetOf(format: Intl.DateTimeFormat, unixSeconds: number): number {
  const seconds = Math.max(-latest, Math.min(latest, unixSeconds));
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = value;
  const { era, year, month, day, hour, minute, second } = parts;
  const local = new Date(0);
  // The year before 1 AD is 1 BC, and 0 in ISO 8601.
  const isoYear = era === "BC" ? 1 - Number(year) : Number(year);
  local.setUTCFullYear(isoYear, Number(month) - 1, Number(day));
  local.setUTCHours(Number(hour), Number(minute), Number(second));
  return local.getTime() / 1000 - seconds;
}
