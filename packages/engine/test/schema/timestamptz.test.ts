import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatTimestamptz, isTimeZone, parseTimestamptz } from "../../src/schema/timestamptz.ts";

const micros = 1_729_697_400_123_456n; // 2024-10-23T15:30:00.123456Z

describe("parseTimestamptz()", () => {
  test.each([
    ["2024-10-23T15:30:00.123456Z", "Asia/Tokyo"],
    ["2024-10-23T23:30:00.123456+08:00", "UTC"],
    ["2024-10-23T23:30:00.123456789+08:00", "UTC"],
    ["2024-10-23 15:30:00.123456Z", "UTC"],
    ["2024-10-23 23:30:00.123456+08:00", "UTC"],
    ["2024-10-23 23:30:00.123456+08", "UTC"],
    ["2024-10-23 23:30:00,123456", "Asia/Shanghai"],
    ["2024-10-23T23:30:00.123456", "Asia/Shanghai"],
    ["2024-10-23T15:30:00.123456", undefined],
  ])("parseTimestamptz() reads %s in %s", (text, zone) => {
    expect(parseTimestamptz(text, zone)).toBe(micros);
  });

  test("parseTimestamptz() reads times before 1970, without a fraction and with one digit of hours", () => {
    expect(parseTimestamptz("1969-12-31T23:59:59.9Z")).toBe(-100_000n);
    expect(parseTimestamptz("1970-01-01T0:00:01Z")).toBe(1_000_000n);
    expect(parseTimestamptz("0001-01-01T00:00:00Z")).toBe(-62_135_596_800_000_000n);
    expect(parseTimestamptz("9999-12-31T23:59:59.999999Z")).toBe(253_402_300_799_999_999n);
  });

  test("parseTimestamptz() takes times that clocks skip or show twice as Go does", () => {
    // 02:30 is not there on 2024-03-10 in New York; 01:30 on 2024-11-03 is there twice.
    expect(formatTimestamptz(parseTimestamptz("2024-03-10T02:30:00", "America/New_York"))).toBe(
      "2024-03-10T06:30:00Z",
    );
    expect(formatTimestamptz(parseTimestamptz("2024-11-03T01:30:00", "America/New_York"))).toBe(
      "2024-11-03T05:30:00Z",
    );
  });

  test.each([
    "",
    "now",
    "2024-10-23",
    "2024-10-23T15:30Z",
    "2024-10-23T15:30:00+08",
    "2024-10-23T15:30:00+0800",
    "2024-10-23T15:30:00+25:00",
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "24-01-01T00:00:00Z",
    " 2024-01-01T00:00:00Z",
  ])("parseTimestamptz() refuses %j", (text) => {
    expect(() => parseTimestamptz(text)).toThrow(
      expect.objectContaining({
        code: "invalid-parameter",
        message: `invalid timestamp string: '${text}'. Does not match any known format`,
      }),
    );
  });

  test.each([
    ["2024-10-23T15:30:00+15:00", 15],
    ["2024-10-23T15:30:00+14:01", 14],
    ["2024-10-23 15:30:00-13:00", -13],
  ])("parseTimestamptz() refuses the offset of %s", (text, hour) => {
    expect(() => parseTimestamptz(text)).toThrow(
      `UTC offset hour ${hour} is out of the valid range [-12, 14]`,
    );
    expect(parseTimestamptz("2024-10-23T15:30:00+14:00")).toBeLessThan(micros);
  });

  test("parseTimestamptz() needs the zone only where the text names no offset", () => {
    expect(parseTimestamptz("2024-10-23T15:30:00.123456Z", "Mars/Base")).toBe(micros);
    expect(() => parseTimestamptz("2024-10-23T15:30:00", "Mars/Base")).toThrow(
      "invalid default timezone string 'Mars/Base'",
    );
  });
});

describe("formatTimestamptz()", () => {
  test.each([
    [micros, "UTC", "2024-10-23T15:30:00.123456Z"],
    [micros, "Asia/Shanghai", "2024-10-23T23:30:00.123456+08:00"],
    [micros, "America/New_York", "2024-10-23T11:30:00.123456-04:00"],
    [micros, "Asia/Kolkata", "2024-10-23T21:00:00.123456+05:30"],
    [1_000_000n, "UTC", "1970-01-01T00:00:01Z"],
    [-1n, "UTC", "1969-12-31T23:59:59.999999Z"],
    [120_000n, "UTC", "1970-01-01T00:00:00.12Z"],
    [-2_300_000_000_000_000n, "Asia/Shanghai", "1897-02-11T23:12:23+08:05"],
  ])("formatTimestamptz() writes %s in %s", (value, zone, text) => {
    expect(formatTimestamptz(value, zone)).toBe(text);
  });

  test("formatTimestamptz() refuses an unknown zone", () => {
    expect(() => formatTimestamptz(0n, "Mars/Base")).toThrow(
      "invalid target timezone string 'Mars/Base'",
    );
  });

  test("formatTimestamptz() writes what parseTimestamptz() reads, and dates as Date does", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_200_000_000_000n }),
        fc.constantFrom("UTC", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns"),
        (value, zone) => {
          const text = formatTimestamptz(value, zone);
          // Zones had offsets with seconds once, which ISO 8601 has no place for.
          if (value > 0n || zone === "UTC") expect(parseTimestamptz(text)).toBe(value);
          const millis = Number((value - (((value % 1000n) + 1000n) % 1000n)) / 1000n);
          expect(formatTimestamptz(value).slice(0, 19)).toBe(
            new Date(millis).toISOString().slice(0, 19),
          );
        },
      ),
    );
  });

  test("formatTimestamptz() writes every int64", () => {
    expect(formatTimestamptz(2n ** 63n - 1n)).toBe("294247-01-10T04:00:54.775807Z");
    expect(formatTimestamptz(-(2n ** 63n), "Asia/Shanghai")).toMatch(/^-290308-/);
  });
});

test("isTimeZone() knows the names of the IANA database, as they are spelled", () => {
  expect(["UTC", "Asia/Shanghai", "Asia/Kolkata", "Etc/GMT+8"].every(isTimeZone)).toBe(true);
  expect(["", "asia/shanghai", "Mars/Base", "+08:00", "Asia/Shanghai "].some(isTimeZone)).toBe(
    false,
  );
});
