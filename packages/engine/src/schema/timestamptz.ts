import { EngineError, isEngineError } from "../base/errors.ts";
import { type TimeZone, timeZoneNamed } from "./time-zone.ts";

// The forms and the texts are those of Milvus's package `timestamptz`, which lets Go's `time` parse
// and print. Written out here, because Temporal parses other forms, takes other moments where clocks
// are set back or forward, and takes 30 ms to load; only the zones' offsets come from the runtime.

const secondsPerDay = 86_400;

/** A date, `T` or a space, a time, a fraction, and `Z` or an offset. */
const pattern =
  /^(\d{4})-(\d\d)-(\d\d)([T ])(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d(?::\d\d)?)?$/;

/**
 * The microseconds since 1970 UTC of a time in ISO 8601, cut off below. A text without an offset is a
 * time of day in `timeZone`, an IANA name, UTC when left out. Throws `invalid-parameter`.
 */
export function parseTimestamptz(text: string, timeZone = "UTC"): bigint {
  const match = pattern.exec(text);
  if (match === null) throw unknownForm(text);
  const [, year, month, day, separator, hour, minute, second, fraction = "", zone] = match;
  // Offsets of hours alone follow the space only.
  if (zone?.length === 3 && separator === "T") throw unknownForm(text);
  const date = [Number(year), Number(month), Number(day)] as const;
  const time = [Number(hour), Number(minute), Number(second)] as const;
  if (!isDate(...date) || time[0] > 23 || time[1] > 59 || time[2] > 59) throw unknownForm(text);
  const local = daysOf(...date) * secondsPerDay + time[0] * 3600 + time[1] * 60 + time[2];
  const offset =
    zone === undefined ? offsetOfLocal(local, defaultZone(timeZone)) : offsetNamed(zone, text);
  const micros = fraction === "" ? 0 : Number(fraction.slice(0, 6).padEnd(6, "0"));
  const total = (local - offset) * 1e6 + micros;
  if (Number.isSafeInteger(total)) return BigInt(total);
  return BigInt(local - offset) * 1_000_000n + BigInt(micros);
}

/**
 * The time that a row carries. Throws `invalid-parameter` with what Milvus says of all bad times in
 * rows; the error that tells more is its cause.
 */
export function timestamptzOfRow(text: string, timeZone?: string): bigint {
  try {
    return parseTimestamptz(text, timeZone);
  } catch (cause) {
    if (!isEngineError(cause)) throw cause;
    const reason =
      "invalid timezone name; must be a valid IANA Time Zone ID (e.g., 'Asia/Shanghai' or 'UTC')";
    throw new EngineError(
      "invalid-parameter",
      `got invalid timestamptz string '${text}': ${reason}`,
      { cause },
    );
  }
}

/**
 * The time in ISO 8601 as Milvus writes it: with the offset of `timeZone`, by default UTC, and no
 * zeros at the fraction's end. Throws `invalid-parameter` for an unknown zone.
 */
export function formatTimestamptz(micros: bigint, timeZone = "UTC"): string {
  const zone = timeZoneNamed(timeZone);
  if (zone === undefined) throw unknownZone("target", timeZone);
  const [seconds, fraction] = splitMicros(micros);
  const offset = zone.offsetAt(seconds);
  const local = seconds + offset;
  const days = Math.floor(local / secondsPerDay);
  const rest = local - days * secondsPerDay;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(twoDigits);
  const shown = fraction === 0 ? "" : `.${`${fraction}`.padStart(6, "0").replace(/0+$/, "")}`;
  return `${dateOf(days)}T${time.join(":")}${shown}${printOffset(offset)}`;
}

/** Whole seconds, rounded down, and the microseconds beyond them. */
function splitMicros(micros: bigint): [seconds: number, fraction: number] {
  const number = Number(micros);
  if (Number.isSafeInteger(number)) {
    const seconds = Math.floor(number / 1e6);
    return [seconds, number - seconds * 1e6];
  }
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  return [Number((micros - BigInt(fraction)) / 1_000_000n), fraction];
}

/** Whether a name is that of a time zone in the IANA database. */
export function isTimeZone(name: string): boolean {
  return name !== "" && timeZoneNamed(name) !== undefined;
}

/**
 * The offset of a time of day. Where clocks are set forward or back there is none, or two: then, as
 * Go does, the one that the zone has at the moment which the first guess leads to.
 */
function offsetOfLocal(local: number, zone: TimeZone): number {
  return zone.offsetAt(local - zone.offsetAt(local));
}

function defaultZone(name: string): TimeZone {
  const zone = timeZoneNamed(name);
  if (zone === undefined) throw unknownZone("default", name);
  return zone;
}

const maxOffsetHours = 14;
const minOffsetHours = -12;

function offsetNamed(zone: string, text: string): number {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 24 || minutes > 60) throw unknownForm(text);
  const offset = (zone[0] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
  if (offset <= maxOffsetHours * 3600 && offset >= minOffsetHours * 3600) return offset;
  throw invalid(
    `UTC offset hour ${Math.trunc(offset / 3600)} is out of the valid range [${minOffsetHours}, ${maxOffsetHours}]`,
  );
}

function printOffset(offset: number): string {
  if (offset === 0) return "Z";
  const minutes = Math.floor(Math.abs(offset) / 60);
  return `${offset < 0 ? "-" : "+"}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const [nextYear, nextMonth] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return day <= daysOf(nextYear, nextMonth, 1) - daysOf(year, month, 1);
}

// Days are counted in cycles of 400 years, whose years begin in March, so that a leap day is the last.

const daysPerCycle = 146_097;
const daysFromMarchOfYear0 = 719_468;

/** The days from 1970 to a date of the Gregorian calendar. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const cycle = Math.floor(marchYear / 400);
  const yearOfCycle = marchYear - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  return cycle * daysPerCycle + yearOfCycle * 365 + leapDays + dayOfYear - daysFromMarchOfYear0;
}

/** The date that is so many days from 1970. */
function dateOf(days: number): string {
  const shifted = days + daysFromMarchOfYear0;
  const cycle = Math.floor(shifted / daysPerCycle);
  const dayOfCycle = shifted - cycle * daysPerCycle;
  const leapDays =
    Math.floor(dayOfCycle / 1460) -
    Math.floor(dayOfCycle / 36_524) +
    Math.floor(dayOfCycle / 146_096);
  const yearOfCycle = Math.floor((dayOfCycle - leapDays) / 365);
  const before = 365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  const dayOfYear = dayOfCycle - before;
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0);
  const sign = year < 0 ? "-" : "";
  return `${sign}${`${Math.abs(year)}`.padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`;
}

function twoDigits(value: number): string {
  return `${value}`.padStart(2, "0");
}

function unknownForm(text: string): EngineError {
  return invalid(`invalid timestamp string: '${text}'. Does not match any known format`);
}

function unknownZone(what: "default" | "target", name: string): EngineError {
  return invalid(`invalid ${what} timezone string '${name}': unknown time zone ${name}`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
