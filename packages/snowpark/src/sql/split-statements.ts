import { isBlank, tokenAt } from "./tokens.ts";

/** One statement of a script. */
export interface SqlStatement {
  /** `command` is one of SnowSQL's own, a line that begins with `!`. */
  readonly kind: "sql" | "command";
  /** Without the semicolon, and without the blanks and comments before and after. */
  readonly text: string;
  /** Where `text` begins in the script, in UTF-16 code units from 0. */
  readonly offset: number;
  /** The line on which `text` begins, from 1. */
  readonly line: number;
  /** Whether a string, a quoted name or a comment in it is not closed: it ran to the end of the script. */
  readonly isTerminated: boolean;
}

/**
 * Cuts a script into its statements at the semicolons that stand outside of strings, quoted names, `$$` blocks and
 * comments. Statements with nothing in them are left out. Blocks of Snowflake Scripting (`BEGIN … END`) are not known:
 * they have to stand between `$$`.
 */
export function splitStatements(script: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lines = new LineCounter(script);
  let offset = 0;
  while (offset < script.length) {
    const { statement, next } = readStatement(script, offset);
    if (statement !== undefined) {
      statements.push({ ...statement, line: lines.lineOf(statement.offset) });
    }
    offset = next;
  }
  return statements;
}

interface Reading {
  readonly statement: Omit<SqlStatement, "line"> | undefined;
  /** Where to go on reading. */
  readonly next: number;
}

function readStatement(script: string, from: number): Reading {
  let begin: number | undefined;
  let end = from;
  let isTerminated = true;
  let offset = from;
  while (offset < script.length) {
    const token = tokenAt(script, offset);
    if (begin === undefined && token.text === "!" && beginsLine(script, offset)) {
      return readCommand(script, offset);
    }
    offset += token.text.length;
    if (token.text === ";") break;
    if (isBlank(token)) continue;
    begin ??= token.offset;
    end = offset;
    isTerminated = token.kind !== "unterminated";
  }
  const statement =
    begin === undefined
      ? undefined
      : { kind: "sql" as const, text: script.slice(begin, end), offset: begin, isTerminated };
  return { statement, next: offset };
}

function readCommand(script: string, offset: number): Reading {
  const newline = script.indexOf("\n", offset);
  const next = newline === -1 ? script.length : newline;
  const text = script.slice(offset, next).trimEnd().replace(/;$/, "");
  return { statement: { kind: "command", text, offset, isTerminated: true }, next };
}

function beginsLine(script: string, offset: number): boolean {
  return /(?:^|\n)[ \t]*$/.test(
    script.slice(Math.max(script.lastIndexOf("\n", offset), 0), offset),
  );
}

/** Counts lines as the offsets go up, so that a long script is read once. */
class LineCounter {
  readonly #script: string;
  #offset = 0;
  #line = 1;

  constructor(script: string) {
    this.#script = script;
  }

  lineOf(offset: number): number {
    for (; this.#offset < offset; this.#offset += 1) {
      if (this.#script.charCodeAt(this.#offset) === 0x0a) this.#line += 1;
    }
    return this.#line;
  }
}
