// The words of the demo: pure functions from what happened to lines of at most 100 columns, but for
// long paths.
import { styleText } from "node:util";
import { type DemoAnswer, type ReadmeStock, readmeCollection } from "./run-demo.ts";
import { formatTable, type TableColumn } from "./text-table.ts";

/** Whether the output shows colours is decided once, in `DemoScreen`. */
const always = { validateStream: false };

/** How words stand out: with colours, or not at all. */
export interface TextStyle {
  readonly strong: (text: string) => string;
  readonly accent: (text: string) => string;
  readonly quiet: (text: string) => string;
}

export const plainStyle: TextStyle = {
  strong: (text) => text,
  accent: (text) => text,
  quiet: (text) => text,
};

export const colorStyle: TextStyle = {
  strong: (text) => styleText("bold", text, always),
  accent: (text) => styleText("green", text, always),
  quiet: (text) => styleText("dim", text, always),
};

const LINE_WIDTH_MAX = 100;
const INDENT = "  ";
const PROGRESS_WIDTH = 30;
const count = new Intl.NumberFormat("en");

export function quickDemoLines({ question, hits }: DemoAnswer, style: TextStyle): string[] {
  return [
    style.strong("Three sentences and a question"),
    ...indent([question, ...hitLines(hits, ["text"], style)]),
    "",
  ];
}

export function stockLines(stock: ReadmeStock, style: TextStyle): string[] {
  const { folder, readmeCount, passageCount, chosenCount, storedCount } = stock;
  const found = `${count.format(readmeCount)} READMEs, ${count.format(passageCount)} passages`;
  const lines = [`${found} in ${folder}`];
  if (chosenCount < passageCount) {
    lines.push(
      `${count.format(chosenCount)} are taken: the first of each README, then the second ...`,
    );
  }
  if (storedCount === chosenCount) lines.push("All are stored by an earlier run: nothing to embed");
  else if (storedCount > 0) lines.push(`${count.format(storedCount)} are stored by an earlier run`);
  return [
    style.strong("The READMEs of your packages and three questions"),
    ...indent(lines.map(style.quiet)),
  ];
}

export function progressLine(done: number, total: number, style: TextStyle): string {
  const filled = Math.floor((done / total) * PROGRESS_WIDTH);
  const bar = style.accent("━".repeat(filled)) + style.quiet("─".repeat(PROGRESS_WIDTH - filled));
  return `${INDENT}Embedding ${bar} ${plainProgress(done, total)}`;
}

/** Progress for output that is not a terminal. */
export function progressText(done: number, total: number): string {
  return `${INDENT}Embedded and stored ${plainProgress(done, total)}`;
}

function plainProgress(done: number, total: number): string {
  return `${count.format(done)} of ${count.format(total)} passages`;
}

export function answerLines({ question, hits }: DemoAnswer, style: TextStyle): string[] {
  return [...indent([question, ...hitLines(hits, ["package", "heading", "text"], style)]), ""];
}

/** How to do the same, and how to let others have it. */
export function closingLines(path: string, style: TextStyle): string[] {
  const code = [
    'import { embedText, MilvusClient } from "redkite";',
    `const client = new MilvusClient(${JSON.stringify(path)});`,
    'const data = [...(await embedText("How do I convert a color to RGB?"))];',
    `await client.search({ collection_name: "${readmeCollection}", data, limit: 3, output_fields: ["text"] });`,
  ];
  return [
    style.strong("The same in your code"),
    ...indent(code.map(style.accent)),
    "",
    style.strong("The same folder for other clients, in any language"),
    ...indent([style.accent(`npx redkite serve --data ${quoted(path)}`)]),
  ];
}

/** The last field gets the rest of the line. */
const columnWidths: Readonly<Record<string, number>> = { package: 24, heading: 28 };

function hitLines(hits: DemoAnswer["hits"], fields: readonly string[], style: TextStyle): string[] {
  const columns = fields.map((title): TableColumn => {
    const widthMax = columnWidths[title];
    return widthMax === undefined ? { title } : { title, widthMax };
  });
  const rows = hits.map((hit) => [
    hit.score.toFixed(3),
    ...fields.map((name) =>
      name === "heading" ? lastHeading(hit.fields[name]) : hit.fields[name],
    ),
  ]);
  const table = [{ title: "score", alignRight: true }, ...columns];
  const [titles, ...lines] = formatTable(table, rows, LINE_WIDTH_MAX - INDENT.length);
  return [style.quiet(titles), ...lines.map((line, i) => (i === 0 ? style.accent(line) : line))];
}

/** The innermost heading: those around it mostly repeat the package. */
function lastHeading(heading: string): string {
  return heading.slice(heading.lastIndexOf("›") + 1).trim();
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line);
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : JSON.stringify(path);
}
