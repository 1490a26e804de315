import type { BoundNode, InNode, Operand } from "./bound-node.ts";
import type { Constant } from "./constant.ts";

/**
 * Makes one `in` of all equalities of a disjunction that look at the same thing: `a == 1 or a == 2
 * or b > 0` becomes `a in [1, 2] or b > 0`. Both say the same of every row, UNKNOWN included, and a
 * chain of thousands costs one look-up per row.
 */
export function mergeEqualities(operands: readonly BoundNode[]): readonly BoundNode[] {
  return merge(operands, asIn, (merged) => merged);
}

/** The same for a conjunction, by De Morgan: `a != 1 and a != 2` becomes `not (a in [1, 2])`. */
export function mergeInequalities(operands: readonly BoundNode[]): readonly BoundNode[] {
  return merge(operands, asNotIn, (merged) => ({ kind: "not", operand: merged }));
}

function merge(
  operands: readonly BoundNode[],
  asList: (node: BoundNode) => InNode | undefined,
  asNode: (merged: InNode) => BoundNode,
): readonly BoundNode[] {
  const groups = new Map<string, Constant[]>();
  const merged: BoundNode[] = [];
  for (const node of operands) {
    const list = asList(node);
    if (list === undefined) {
      merged.push(node);
      continue;
    }
    const key = keyOf(list.operand);
    const values = groups.get(key);
    if (values !== undefined) {
      for (const value of list.values) values.push(value);
      continue;
    }
    const group = [...list.values];
    groups.set(key, group);
    merged.push(asNode({ ...list, values: group }));
  }
  // Nothing was merged: a lone comparison stays the comparison that it was.
  return merged.length === operands.length ? operands : merged;
}

function asIn(node: BoundNode): InNode | undefined {
  if (node.kind === "in") return node;
  return node.kind === "compare" && node.operator === "==" ? listOf(node) : undefined;
}

function asNotIn(node: BoundNode): InNode | undefined {
  if (node.kind === "not") return asIn(node.operand);
  return node.kind === "compare" && node.operator === "!=" ? listOf(node) : undefined;
}

function listOf({ operand, value }: Extract<BoundNode, { kind: "compare" }>): InNode | undefined {
  return operand.kind === "array" ? undefined : { kind: "in", operand, values: [value] };
}

function keyOf(operand: Operand): string {
  switch (operand.kind) {
    case "json":
      return JSON.stringify([operand.fieldId, operand.path]);
    case "element":
      return JSON.stringify([operand.fieldId, operand.index]);
    default:
      return JSON.stringify([operand.fieldId]);
  }
}
