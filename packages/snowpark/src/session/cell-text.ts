/**
 * A value of a result as text. The protocols write times as numbers (days, or seconds with a fraction); here they are
 * as ISO 8601 has them, in UTC where they are moments. Everything else is left as the server wrote it.
 *
 * @param type the column's type as the server names it, such as `timestamp_ltz`
 */
export function cellText(value: string | null, type: string): string | null {
  if (value === null) return null;
  switch (type.toLowerCase()) {
    case "date":
      return isNumber(value) ? isoOf(Number(value) * 86_400).slice(0, 10) : value;
    case "time":
      return isNumber(value) ? isoOf(Number(value)).slice(11, -1) : value;
    case "timestamp_ntz":
      return isNumber(value) ? isoOf(Number(value)).slice(0, -1) : value;
    case "timestamp_ltz":
      return isNumber(value) ? isoOf(Number(value)) : value;
    case "timestamp_tz":
      return zonedTime(value);
    case "boolean":
      return value === "1" ? "true" : value === "0" ? "false" : value.toLowerCase();
    default:
      return value;
  }
}

function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}

/** Beyond this, `Date` has no answer. */
const maxSeconds = 8.64e12;

function isoOf(seconds: number): string {
  const bounded = Math.max(-maxSeconds, Math.min(maxSeconds, seconds));
  return new Date(Math.round(bounded * 1000)).toISOString();
}

/** `<seconds> <minutes east of UTC, plus 1440>`: the moment is the seconds, the zone is for display only. */
function zonedTime(value: string): string {
  const [seconds = ""] = value.split(" ");
  return isNumber(seconds) ? isoOf(Number(seconds)) : value;
}
