import { isBlank, literalValue, nameValue, type SqlToken, tokenize } from "../../sql/tokens.ts";
import { invalidIdentifier, type StatementError, syntaxError } from "./statement-error.ts";

/** A value in SQL: text, number, truth or none. */
export type SqlScalar = string | number | boolean | null;

/** What a statement's names and values may refer to. */
export interface CursorScope {
  readonly variables: ReadonlyMap<string, SqlScalar>;
  readonly binds: readonly SqlScalar[];
}

const maxNameLength = 255;

/** Reads a statement from left to right. What does not fit is a syntax error (001003) at the token that stands there. */
export class StatementCursor {
  readonly source: string;
  readonly #tokens: readonly SqlToken[];
  readonly #scope: CursorScope;
  #index = 0;
  #nextBind = 0;

  constructor(source: string, scope: CursorScope) {
    this.source = source;
    this.#tokens = tokenize(source).filter((token) => !isBlank(token));
    this.#scope = scope;
  }

  /** The next token, or one further on. */
  peek(ahead = 0): SqlToken | undefined {
    return this.#tokens[this.#index + ahead];
  }

  get isAtEnd(): boolean {
    return this.peek() === undefined;
  }

  fail(token: SqlToken | undefined = this.peek()): StatementError {
    return syntaxError(this.source, token);
  }

  /** Takes the words, in upper case and separated by spaces, if they come next. */
  accept(words: string): boolean {
    const wanted = words.split(" ");
    if (!this.comesNext(words)) return false;
    this.#index += wanted.length;
    return true;
  }

  comesNext(words: string): boolean {
    return words.split(" ").every((word, ahead) => {
      const token = this.peek(ahead);
      return token?.kind === "word" && token.text.toUpperCase() === word;
    });
  }

  expect(words: string): void {
    for (const word of words.split(" ")) if (!this.accept(word)) throw this.fail();
  }

  /** Takes the first of several that comes next. */
  acceptOneOf<T extends string>(options: readonly T[]): T | undefined {
    return options.find((words) => this.accept(words));
  }

  expectOneOf<T extends string>(options: readonly T[]): T {
    const found = this.acceptOneOf(options);
    if (found === undefined) throw this.fail();
    return found;
  }

  acceptSymbol(text: string): boolean {
    const token = this.peek();
    if (token?.kind !== "symbol" || token.text !== text) return false;
    this.#index += 1;
    return true;
  }

  expectSymbol(text: string): void {
    if (!this.acceptSymbol(text)) throw this.fail();
  }

  expectEnd(): void {
    this.acceptSymbol(";");
    if (!this.isAtEnd) throw this.fail();
  }

  /** Any word, in upper case. */
  word(): string {
    const token = this.peek();
    if (token?.kind !== "word") throw this.fail();
    this.#index += 1;
    return token.text.toUpperCase();
  }

  /** One identifier: a word, a quoted name or `IDENTIFIER(…)` with one part. */
  identifier(): string {
    const parts = this.name();
    const [only] = parts;
    if (only === undefined || parts.length !== 1) throw invalidIdentifier(parts.join("."));
    return only;
  }

  /** A name of up to three parts. `db..x` means the schema PUBLIC. */
  name(): string[] {
    if (this.peek()?.text.toUpperCase() === "IDENTIFIER" && this.peek(1)?.text === "(") {
      return this.#identifierCall();
    }
    const parts = [this.#namePart()];
    while (parts.length < 3 && this.acceptSymbol(".")) {
      parts.push(parts.length === 1 && this.peek()?.text === "." ? "PUBLIC" : this.#namePart());
    }
    return parts;
  }

  #identifierCall(): string[] {
    this.#index += 1;
    this.expectSymbol("(");
    const text = this.text();
    this.expectSymbol(")");
    const inner = new StatementCursor(text, { variables: new Map(), binds: [] });
    const parts = inner.name();
    if (!inner.isAtEnd) throw invalidIdentifier(text);
    return parts;
  }

  #namePart(): string {
    const token = this.peek();
    if (token?.kind !== "word" && token?.kind !== "quoted") throw this.fail();
    this.#index += 1;
    const value = nameValue(token);
    if (value.length === 0 || value.length > maxNameLength) throw invalidIdentifier(value);
    return value;
  }

  /** A string literal, or a variable or bind that holds text. */
  text(): string {
    const token = this.peek();
    const value = this.scalar();
    if (typeof value !== "string") throw this.fail(token);
    return value;
  }

  integer(): number {
    const token = this.peek();
    const value = this.scalar();
    const number = typeof value === "string" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isSafeInteger(number)) throw this.fail(token);
    return number;
  }

  /** A literal, a variable or a bind. */
  scalar(): SqlScalar {
    const value = this.acceptScalar();
    if (value === undefined) throw this.fail();
    return value;
  }

  acceptScalar(): SqlScalar | undefined {
    const token = this.peek();
    if (token === undefined) return undefined;
    const value = this.#scalarOf(token);
    if (value !== undefined) this.#index += 1;
    return value;
  }

  #scalarOf(token: SqlToken): SqlScalar | undefined {
    if (token.kind === "string" || token.kind === "dollar-string") return literalValue(token);
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "variable") return this.#variable(token);
    if (token.kind === "bind") return this.#bind(token);
    if (token.kind === "symbol" && token.text === "-" && this.peek(1)?.kind === "number") {
      this.#index += 1;
      return -Number(this.peek()?.text);
    }
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (word === "TRUE" || word === "FALSE") return word === "TRUE";
    return word === "NULL" ? null : undefined;
  }

  #variable(token: SqlToken): SqlScalar {
    const value = this.#scope.variables.get(token.text.slice(1).toUpperCase());
    if (value === undefined) throw this.fail(token);
    return value;
  }

  #bind(token: SqlToken): SqlScalar {
    const value = this.#scope.binds[this.#nextBind];
    if (value === undefined) throw this.fail(token);
    this.#nextBind += 1;
    return value;
  }

  /** A stage with an optional path, such as `@db.schema.stage/folder/file`. */
  stagePath(): { readonly name: string[]; readonly path: string } {
    const token = this.peek();
    const written = token?.kind === "string" ? literalValue(token) : (token?.text ?? "");
    if (token === undefined || !written.startsWith("@")) throw this.fail();
    const slash = written.indexOf("/");
    const nameText = slash === -1 ? written.slice(1) : written.slice(1, slash);
    const inner = new StatementCursor(nameText, { variables: new Map(), binds: [] });
    if (nameText.startsWith("~") || nameText.startsWith("%")) throw this.fail();
    const name = inner.name();
    if (!inner.isAtEnd) throw this.fail();
    this.#index += 1;
    return { name, path: slash === -1 ? "" : written.slice(slash + 1) };
  }

  /** Takes the next token whatever it is. */
  take(): SqlToken {
    const token = this.peek();
    if (token === undefined) throw this.fail();
    this.#index += 1;
    return token;
  }
}
