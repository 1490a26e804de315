import { rowKeys } from "../session/result-rows.ts";
import type { SqlResult } from "../session/snow-session.ts";

/** A longer text in a cell is cut, with an ellipsis. */
const maxCellLength = 100;

/** A result as a table in text, as SnowSQL draws it. Nulls are `NULL`; line ends and other controls are escaped. */
export function resultTable({ columns, rows }: SqlResult): string {
  const keys = rowKeys(columns);
  const lines = [
    columns.map(cellText),
    ...rows.map((row) => keys.map((key) => cellText(row[key] ?? "NULL"))),
  ];
  const widths = columns.map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, line[column]?.length ?? 0), 0),
  );
  const rule = (joint: string): string =>
    `${joint === "+" ? "+" : "|"}${widths.map((width) => "-".repeat(width + 2)).join("+")}${joint === "+" ? "+" : "|"}`;
  const [header = [], ...body] = lines.map((line) => {
    const cells = widths.map((width, column) => (line[column] ?? "").padEnd(width));
    return `| ${cells.join(" | ")} |`;
  });
  return [rule("+"), header, rule("|"), ...body, rule("+")].join("\n");
}

function cellText(value: string): string {
  const escaped = value.replaceAll(/\p{Cc}/gu, (control) => {
    if (control === "\n") return "\\n";
    return control === "\t" ? "\\t" : `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return escaped.length > maxCellLength ? `${escaped.slice(0, maxCellLength - 1)}…` : escaped;
}
