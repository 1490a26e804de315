import { isBlank, nameValue, tokenize } from "../../sql/tokens.ts";

/**
 * A name with dots as a text has it, such as in a specification, with the database and schema of `within` put before
 * it as far as they are missing. `undefined` when it is no name.
 */
export function parseName(written: string, within: readonly string[]): string[] | undefined {
  const parts: string[] = [];
  for (const [index, token] of tokenize(written).entries()) {
    const isName = token.kind === "word" || token.kind === "quoted";
    if (isBlank(token) || (index % 2 === 0 ? !isName : token.text !== ".")) return undefined;
    if (isName) parts.push(nameValue(token));
  }
  if (parts.length === 0 || parts.length > 3) return undefined;
  return [...within.slice(0, 3 - parts.length), ...parts];
}
