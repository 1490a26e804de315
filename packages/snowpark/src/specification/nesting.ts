/** Nothing that is read here is nested so deep. */
const maxDepth = 200;

const nestedOnOneLine = new RegExp(String.raw`(?:[-?][ \t]+){${maxDepth + 1}}`);

/**
 * Whether a YAML text could nest deeper than a parser should follow, which descends by calls and reports every bracket
 * that stays open. Brackets count wherever they stand, in texts too: it is a bound and no parser.
 */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(depth - 1, 0);
    if (depth > maxDepth) return true;
  }
  return nestedOnOneLine.test(text);
}
