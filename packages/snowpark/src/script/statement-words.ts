import { isBlank, type SqlToken, tokenize } from "../sql/tokens.ts";

/** A statement's tokens without blanks and comments. */
export function tokensOf(statement: string): SqlToken[] {
  return tokenize(statement).filter((token) => !isBlank(token));
}

/** Whether tokens begin with these words, whatever their case. */
export function beginsWith(tokens: readonly SqlToken[], ...words: readonly string[]): boolean {
  return words.every((word, index) => tokens[index]?.text.toUpperCase() === word);
}
