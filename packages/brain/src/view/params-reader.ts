import { BrainError } from "../base/brain-error.ts";
import type { JsonValue } from "../schema/labels.ts";
import { type ExpressionNode, parseExpressionNode } from "./expression-node.ts";

/** Reads the parameters of a stage out of foreign JSON, and refuses what it does not know. */
export class ParamsReader {
  readonly #kind: string;
  readonly #params: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(kind: string, params: unknown) {
    this.#kind = kind;
    if (typeof params !== "object" || params === null || Array.isArray(params)) {
      throw this.#refused("its params are no object");
    }
    this.#params = { ...params };
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== "string") throw this.#wrong(name, "a text", value);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  /** A list of texts, each once. */
  texts(name: string): string[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw this.#wrong(name, "a list of texts", value);
    for (const element of value) {
      if (typeof element !== "string") throw this.#wrong(name, "a list of texts", element);
    }
    return [...new Set<string>(value)];
  }

  optionalTexts(name: string): string[] | undefined {
    return this.has(name) ? this.texts(name) : undefined;
  }

  /** A map from text to text. */
  map(name: string): Record<string, string> {
    const value = this.#take(name);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#wrong(name, "a map of texts", value);
    }
    const entries = Object.entries(value).map(([key, target]): [string, string] => {
      if (typeof target !== "string") throw this.#wrong(`${name}.${key}`, "a text", target);
      return [key, target];
    });
    return Object.fromEntries(entries);
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.#take(name) ?? fallback;
    if (typeof value !== "boolean") throw this.#wrong(name, "true or false", value);
    return value;
  }

  /** A whole number from `least`. */
  count(name: string, least = 0): number {
    const value = this.#take(name);
    if (!Number.isSafeInteger(value) || Number(value) < least) {
      throw this.#wrong(name, `a whole number of at least ${least}`, value);
    }
    return Number(value);
  }

  seed(name: string): number {
    const value = this.#take(name) ?? 0;
    if (!Number.isSafeInteger(value)) throw this.#wrong(name, "a whole number", value);
    return Number(value);
  }

  expression(name: string): ExpressionNode {
    return parseExpressionNode(this.#take(name));
  }

  list(name: string): readonly unknown[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw this.#wrong(name, "a list", value);
    return value;
  }

  json(name: string): JsonValue {
    const value = this.#take(name);
    // What JSON can not say is lost here, so that a stage is the same before and after it was saved.
    const text = JSON.stringify(value);
    if (text === undefined) throw this.#wrong(name, "JSON", value);
    return JSON.parse(text);
  }

  has(name: string): boolean {
    return this.#params[name] !== undefined;
  }

  /** Refuses parameters that nobody asked for: a misspelt one must not be ignored. */
  done(): void {
    const unknown = Object.keys(this.#params).find(
      (name) => !this.#read.has(name) && this.#params[name] !== undefined,
    );
    if (unknown !== undefined) throw this.#refused(`it has no parameter "${unknown}"`);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#params[name];
  }

  #wrong(name: string, expected: string, found: unknown): BrainError {
    const text = JSON.stringify(found) ?? String(found);
    const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    return this.#refused(`expected ${expected} as "${name}", found ${shown}`);
  }

  #refused(reason: string): BrainError {
    return new BrainError("view-invalid", `Cannot use the stage "${this.#kind}": ${reason}`, {
      details: { kind: this.#kind },
    });
  }
}
