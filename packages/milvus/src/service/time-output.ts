import {
  type Collection,
  type Field,
  formatTimestamptz,
  isValid,
  type ListColumn,
  type OutputField,
} from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { splitNames } from "./order-parameters.ts";

/** How an answer shows times. */
export interface TimeOutput {
  readonly timeZone: string;
  /** Parts that are shown, as a list of integers, instead of the whole time. Empty: the whole. */
  readonly parts: readonly TimePart[];
}

/** A time as ISO 8601 has it, cut into its parts. */
const isoForm = /^(-?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?/;

const timeParts = ["year", "month", "day", "hour", "minute", "second", "microsecond"] as const;
export type TimePart = (typeof timeParts)[number];

/**
 * Reads `timezone` and `time_fields`. Without a time zone of its own a request has its collection's.
 * Throws `MilvusError`.
 */
export function timeOutputOf(
  parameters: ReadonlyMap<string, string>,
  collection: Collection,
): TimeOutput {
  const given = parameters.get("timezone") ?? "";
  if (given !== "" && !isTimeZone(given)) {
    throw invalidParameter(`unknown or invalid IANA Time Zone ID: ${given}`);
  }
  const timeZone = given || collection.properties["timezone"] || "UTC";
  const text = (parameters.get("time_fields") ?? "").replaceAll(" ", ",");
  const parts = splitNames(text).map((name) => {
    const part = timeParts.find((candidate) => candidate === name.toLowerCase());
    if (part !== undefined) return part;
    throw invalidParameter(
      `unsupported time field ${name}, must be one of ${timeParts.join(", ")}`,
    );
  });
  return { timeZone, parts };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The output fields with those parts of their times that are asked for. */
export function withTimeParts(
  outputs: readonly OutputField[],
  { timeZone, parts }: TimeOutput,
): readonly OutputField[] {
  if (parts.length === 0) return outputs;
  return outputs.map((output) => {
    const { name, field, column } = output;
    if (field?.type !== "Timestamptz" || column.layout !== "fixed") return output;
    const { rowCount, values, validity } = column;
    const elements = new BigInt64Array(rowCount * parts.length);
    for (let row = 0; row < rowCount; row++) {
      if (!isValid(column, row)) continue;
      const shown = partsOf(formatTimestamptz(BigInt(values[row]), timeZone));
      for (const [i, part] of parts.entries()) elements[row * parts.length + i] = shown[part];
    }
    const list: ListColumn = {
      layout: "list",
      rowCount,
      offsets: Uint32Array.from({ length: rowCount + 1 }, (_, row) => row * parts.length),
      elements: { layout: "fixed", rowCount: elements.length, values: elements },
      ...(validity && { validity }),
    };
    const listField: Field = { ...field, type: "Array", elementType: "Int64" };
    return { name, field: listField, column: list };
  });
}

function partsOf(text: string): Readonly<Record<TimePart, bigint>> {
  const [, year, month, day, hour, minute, second, fraction = ""] = isoForm.exec(text) ?? [];
  return {
    year: BigInt(year ?? 0),
    month: BigInt(month ?? 0),
    day: BigInt(day ?? 0),
    hour: BigInt(hour ?? 0),
    minute: BigInt(minute ?? 0),
    second: BigInt(second ?? 0),
    microsecond: BigInt(fraction.padEnd(6, "0")),
  };
}
