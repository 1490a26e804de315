import type { ArithmeticOperator, ComparisonOperator } from "./expression.ts";

/** What the parser makes of an operator between two operands. */
export type InfixOperator =
  | { readonly form: "logical"; readonly power: number; readonly symbol: "and" | "or" }
  | { readonly form: "comparison"; readonly power: number; readonly symbol: ComparisonOperator }
  | {
      readonly form: "arithmetic";
      readonly power: number;
      readonly symbol: ArithmeticOperator | "**";
    }
  | {
      readonly form: "in" | "not-in" | "like" | "regex" | "not-regex";
      readonly power: number;
      readonly symbol: string;
    };

/** How tightly operators bind, loosest first: the order of alternatives in Milvus's Plan.g4. */
const levels = [
  "or",
  "and",
  "|",
  "^",
  "&",
  "equality",
  "relation",
  "in",
  "shift",
  "sum",
  "product",
  "prefix",
  "power",
  "like",
  "exists",
] as const;

/** The binding power of a level. Operands on the right are parsed with one more. */
export function powerOf(level: (typeof levels)[number]): number {
  return levels.indexOf(level);
}

/** Every operator between two operands. `not` stands for `not in`. */
export const infixOperators: ReadonlyMap<string, InfixOperator> = new Map<string, InfixOperator>([
  ["or", { form: "logical", power: powerOf("or"), symbol: "or" }],
  ["and", { form: "logical", power: powerOf("and"), symbol: "and" }],
  ...arithmetic("|", ["|"]),
  ...arithmetic("^", ["^"]),
  ...arithmetic("&", ["&"]),
  ...comparisons("equality", ["==", "!="]),
  ...comparisons("relation", ["<", "<=", ">", ">="]),
  ["in", { form: "in", power: powerOf("in"), symbol: "in" }],
  ["not", { form: "not-in", power: powerOf("in"), symbol: "not in" }],
  ...arithmetic("shift", ["<<", ">>"]),
  ...arithmetic("sum", ["+", "-"]),
  ...arithmetic("product", ["*", "/", "%"]),
  ...arithmetic("power", ["**"]),
  ["like", { form: "like", power: powerOf("like"), symbol: "like" }],
  ["=~", { form: "regex", power: powerOf("like"), symbol: "=~" }],
  ["!~", { form: "not-regex", power: powerOf("like"), symbol: "!~" }],
]);

/** What `a op b` becomes when it is written `b op a`. */
export const mirrored: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
  "!=": "!=",
};

function comparisons(
  level: (typeof levels)[number],
  symbols: readonly ComparisonOperator[],
): [string, InfixOperator][] {
  return symbols.map((symbol) => [symbol, { form: "comparison", power: powerOf(level), symbol }]);
}

function arithmetic(
  level: (typeof levels)[number],
  symbols: readonly (ArithmeticOperator | "**")[],
): [string, InfixOperator][] {
  return symbols.map((symbol) => [symbol, { form: "arithmetic", power: powerOf(level), symbol }]);
}
