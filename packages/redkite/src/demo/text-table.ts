/** How a column of a table is laid out. */
export interface TableColumn {
  readonly title: string;
  /** Numbers are read from the right. */
  readonly alignRight?: boolean;
  /** Terminal columns, at most. Without it, what the others leave. */
  readonly widthMax?: number;
}

const GAP = "  ";

/**
 * Lines of equal columns, none wider than `widthMax`, the titles first. What does not fit ends in
 * "…". Cells may hold any text: control characters, which could move the cursor, and emoji, whose
 * width terminals do not agree on, are left out.
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  widthMax: number,
): string[] {
  const lines = [columns.map(({ title }) => title), ...rows].map((cells) => cells.map(printable));
  const widths: number[] = [];
  let left = widthMax;
  for (const [i, column] of columns.entries()) {
    const widest = Math.max(...lines.map((cells) => widthOf(cells[i])));
    widths[i] = Math.min(widest, column.widthMax ?? left, left);
    left = Math.max(0, left - widths[i] - GAP.length);
  }
  return lines.map((cells) => {
    const filled = cells.map((cell, i) => fill(cell, widths[i], columns[i].alignRight === true));
    return filled.join(GAP).trimEnd();
  });
}

/** The text in exactly `width` columns: filled with spaces, or cut. */
function fill(text: string, width: number, alignRight: boolean): string {
  const cut = truncate(text, width);
  const padding = " ".repeat(Math.max(0, width - widthOf(cut)));
  return alignRight ? padding + cut : cut + padding;
}

/** The text, or as much of its beginning as fits with a "…" behind it. */
function truncate(text: string, widthMax: number): string {
  if (widthOf(text) <= widthMax) return text;
  let cut = "";
  let width = 0;
  for (const char of text) {
    width += widthOf(char);
    if (width > widthMax - 1) break;
    cut += char;
  }
  return `${cut.trimEnd()}…`;
}

function printable(text: string): string {
  return text.replace(/\p{Extended_Pictographic}|\p{Cf}|\p{Cc}|\ufe0f/gu, "").trim();
}

/** Columns in a terminal: East Asian characters take two, combining marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += wide.test(char) ? 2 : combining.test(char) ? 0 : 1;
  return width;
}

const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uff00-\uff60]/u;
const combining = /\p{M}/u;
