import { statusOf } from "../service/service-harness.ts";

/** What came of trying something: a client's answer, or Milvus's code and text. */
export type Outcome =
  | { readonly kind: "works" }
  | { readonly kind: "refused"; readonly code: number; readonly text: string };

/** Tries a call whose answer has a status. */
export async function outcomeOf(answer: Promise<object>): Promise<Outcome> {
  const { code, reason } = statusOf(await answer);
  return code === 0 ? { kind: "works" } : { kind: "refused", code, text: reason };
}

/** A row of a table: what was tried, what came of it, and how it differs from Milvus, if it does. */
export interface Row {
  readonly name: string;
  readonly outcome: Outcome;
  /** Further columns, between the name and the outcome. */
  readonly details?: readonly string[];
  readonly difference?: string;
}

/** A table of the page, in Markdown. */
export function tableOf(titles: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map(({ name, details = [], outcome, difference }) =>
    [name, ...details, describe(outcome, difference)].map(cell).join(" | "),
  );
  const heading = [...titles, ""].join(" | ");
  const rule = [...titles, ""].map(() => "---").join(" | ");
  return [heading, rule, ...lines].map((line) => `| ${line} |`).join("\n");
}

/** How many rows work as in Milvus, work differently, and are refused. */
export function countsOf(rows: readonly Row[]): string {
  const refused = rows.filter(({ outcome }) => outcome.kind === "refused").length;
  const different = rows.filter(
    ({ outcome, difference }) => outcome.kind === "works" && difference !== undefined,
  ).length;
  const some = different > 0 ? `, ${different} of them differently` : "";
  return `${rows.length - refused} of ${rows.length} work${some}.`;
}

function describe(outcome: Outcome, difference: string | undefined): string {
  if (outcome.kind === "refused") return `refused: ${outcome.code} \`${outcome.text}\``;
  return difference === undefined ? "works" : `works differently: ${difference}`;
}

/** Text that does not end a cell or a line. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
