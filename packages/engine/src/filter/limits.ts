/** Longest filter in UTF-16 units: about a million short keys in one `in [...]`. */
export const maxExpressionLength: number = 16 * 1024 * 1024;

/**
 * Deepest nesting of parentheses, operators and lists. The parser, the binder and the evaluators
 * recurse this deep at most; `and`, `or` and the elements of a list count one level, however many.
 */
export const maxNestingDepth = 256;

/** Most tokens of a filter; an element of a list is two, with its comma. Bounds memory. */
export const maxTokens = 3_000_000;

/**
 * Most conditions of a filter, once equalities and inequalities of the same field are merged into
 * lists. Each takes a look at every row.
 */
export const maxConditions = 16_384;

/** Longest regular expression in UTF-16 units. */
export const maxRegexLength = 10_000;

/** Error messages quote this much of an expression, so that a filter of megabytes is not echoed. */
export const maxQuotedLength = 1000;
