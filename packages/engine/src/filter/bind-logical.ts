import type { BindContext, Term } from "./bind-context.ts";
import type { BoundNode } from "./bound-node.ts";
import type { Expression, LogicalExpression } from "./expression.ts";
import { mergeEqualities, mergeInequalities } from "./merge-equalities.ts";

/** A chain. Constants in it are folded away, once each operand has been checked. */
export function bindLogical(
  context: BindContext,
  { operator, operands }: LogicalExpression,
  bindOperand: (operand: Expression) => Term,
): BoundNode {
  // What decides the chain alone: one FALSE makes an `and` FALSE, one TRUE an `or` TRUE.
  const decisive = operator === "or";
  const rest: BoundNode[] = [];
  let decided = false;
  for (const [i, operand] of operands.entries()) {
    const node = predicateOf(bindOperand(operand));
    if (node === undefined) {
      const rule = `'${operator}' can only be used between boolean expressions`;
      return context.fail(rule, operand);
    }
    if (operator === "or" || i < operands.length - 1) refuseLast(context, operator, operand, node);
    if (node.kind !== "constant") rest.push(node);
    else if (node.value === decisive) decided = true;
  }
  if (decided) return { kind: "constant", value: decisive };
  return joined(operator, rest);
}

function joined(operator: "and" | "or", nodes: readonly BoundNode[]): BoundNode {
  const last = nodes.at(-1);
  if (last?.kind === "sample" || last?.kind === "element-filter") {
    const before = last.rows === undefined ? nodes.slice(0, -1) : nodes.with(-1, last.rows);
    return before.length === 0 ? last : { ...last, rows: joined("and", before) };
  }
  if (nodes.length === 0) return { kind: "constant", value: operator === "and" };
  const merged = operator === "or" ? mergeEqualities(nodes) : mergeInequalities(nodes);
  return merged.length === 1 ? merged[0] : { kind: operator, operands: merged };
}

/** Refuses what may only end a conjunction. The text of the first is Milvus's, "and" and all. */
function refuseLast(
  context: BindContext,
  operator: "and" | "or",
  at: Expression,
  { kind }: BoundNode,
): void {
  if (kind === "sample") {
    const rule = operator === "or" ? "cannot be used in" : "can only be the last expression in the";
    context.fail(`random sample expression ${rule} logical and expression`, at);
  }
  if (kind === "element-filter") {
    const rule = "element filter expression can only be the last expression in";
    context.fail(`${rule} the logical ${operator} expression`, at);
  }
}

/** A term as a condition. A Bool field is none: Milvus wants `field == true`. */
export function predicateOf(term: Term): BoundNode | undefined {
  if (term.kind === "predicate") return term.node;
  return term.kind === "constant" && typeof term.value === "boolean"
    ? { kind: "constant", value: term.value }
    : undefined;
}

export function negate(node: BoundNode): BoundNode {
  switch (node.kind) {
    case "constant":
      return { kind: "constant", value: !node.value };
    case "not":
      return node.operand;
    default:
      return { kind: "not", operand: node };
  }
}
