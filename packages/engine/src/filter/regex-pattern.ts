import { createRequire } from "node:module";
import { maxRegexLength } from "./limits.ts";

/** A compiled regular expression of RE2's syntax. */
export interface RegexPattern {
  readonly source: string;
  /** Whether some part of the text matches. Takes time linear in the text, whatever the pattern. */
  readonly test: (text: string) => boolean;
}

type Re2 = Pick<typeof import("re2js"), "RE2JS" | "RE2JSException">;

let loaded: Re2 | undefined;

/** Loaded at the first pattern: a process that has none does not spend the hundredth of a second. */
function re2(): Re2 {
  // The package has a CommonJS build of the same exports.
  loaded ??= createRequire(import.meta.url)("re2js") as Re2;
  return loaded;
}

/**
 * Compiles a pattern, or says what is wrong with it. RE2's own limits bound the size of what is
 * compiled: 1,000 repetitions, nested ones multiplied, and 1,000 levels.
 */
export function compileRegex(source: string): RegexPattern | string {
  if (source.length > maxRegexLength) {
    return `pattern too large: ${source.length} characters, the most allowed is ${maxRegexLength}`;
  }
  const { RE2JS, RE2JSException } = re2();
  try {
    const compiled = RE2JS.compile(source);
    return { source, test: (text) => compiled.test(text) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error.message.replace(/^error parsing regexp: /, "");
  }
}
