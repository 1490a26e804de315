import { SnowparkError } from "../base/snowpark-error.ts";
import { nameValue, type SqlToken } from "../sql/tokens.ts";
import { beginsWith, tokensOf } from "./statement-words.ts";

/** A `SET` or `UNSET` of session variables. Names are in lower case. */
export type SetStatement =
  | { readonly kind: "set"; readonly assignments: readonly Assignment[] }
  | { readonly kind: "unset"; readonly names: readonly string[] };

export interface Assignment {
  readonly name: string;
  /** SQL. */
  readonly expression: string;
  /** Whether it stands for itself and need not be computed. */
  readonly isLiteral: boolean;
}

/**
 * Reads `SET x = 1`, `SET (x, y) = (1, 'a')`, `UNSET x`, `UNSET (x, y)`. `undefined` for other statements.
 *
 * @throws SnowparkError `statement-failed` for one that is not complete.
 */
export function readSetStatement(statement: string): SetStatement | undefined {
  const tokens = tokensOf(statement);
  if (beginsWith(tokens, "UNSET")) return { kind: "unset", names: namesOf(tokens.slice(1)) };
  if (!beginsWith(tokens, "SET")) return undefined;
  const equals = tokens.findIndex(({ text }) => text === "=");
  const sign = tokens[equals];
  if (sign === undefined) throw incomplete(statement);
  const names = namesOf(tokens.slice(1, equals));
  const isList = tokens[1]?.text === "(";
  const value = tokens.slice(equals + 1);
  const values = isList ? splitList(value) : [value];
  if (
    names.length !== values.length ||
    values.some((tokensOfValue) => tokensOfValue.length === 0)
  ) {
    throw incomplete(statement);
  }
  return {
    kind: "set",
    assignments: names.map((name, index) => assignmentOf(name, values[index] ?? [], statement)),
  };
}

function assignmentOf(name: string, value: readonly SqlToken[], statement: string): Assignment {
  const first = value[0];
  const last = value.at(-1);
  const from = first?.offset ?? 0;
  const to = (last?.offset ?? 0) + (last?.text.length ?? 0);
  return { name, expression: statement.slice(from, to), isLiteral: isLiteral(value) };
}

function isLiteral(value: readonly SqlToken[]): boolean {
  const [first, second] = value;
  if (first === undefined || value.length > 2) return false;
  if (value.length === 2) return /^[+-]$/.test(first.text) && second?.kind === "number";
  return (
    ["string", "dollar-string", "number"].includes(first.kind) ||
    /^(?:TRUE|FALSE|NULL)$/i.test(first.text)
  );
}

function namesOf(tokens: readonly SqlToken[]): string[] {
  return tokens
    .filter(({ kind }) => kind === "word" || kind === "quoted")
    .map((token) => nameValue(token).toLowerCase());
}

/** The parts of `(a, f(b, c))`. */
function splitList(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(1, -1)) {
    if (token.text === "(") depth += 1;
    if (token.text === ")") depth -= 1;
    if (token.text === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function incomplete(statement: string): SnowparkError {
  return new SnowparkError(
    "statement-failed",
    `A SET gives each variable a value: SET x = 1, SET (x, y) = (1, 'a'). Found: ${statement.slice(0, 100)}`,
  );
}
