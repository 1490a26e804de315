import type { BoundNode, InNode, Operand } from "./bound-node.ts";
import type { Constant } from "./constant.ts";

/**
 * Makes one `in` of all equalities of a disjunction that look at the same thing: `a == 1 or a == 2
 * or b > 0` becomes `a in [1, 2] or b > 0`. Both say the same of every row, UNKNOWN included, and a
 * chain of thousands costs one look-up per row.
 */
export function mergeEqualities(operands: readonly BoundNode[]): readonly BoundNode[] {
  const groups = new Map<string, Constant[]>();
  const merged: BoundNode[] = [];
  for (const node of operands) {
    const equality = asIn(node);
    if (equality === undefined) {
      merged.push(node);
      continue;
    }
    const key = keyOf(equality.operand);
    const values = groups.get(key);
    if (values !== undefined) {
      for (const value of equality.values) values.push(value);
      continue;
    }
    const group = [...equality.values];
    groups.set(key, group);
    merged.push({ ...equality, values: group });
  }
  // Nothing was merged: a lone equality stays the comparison that it was.
  return merged.length === operands.length ? operands : merged;
}

function asIn(node: BoundNode): InNode | undefined {
  if (node.kind === "in") return node;
  if (node.kind !== "compare" || node.operator !== "==") return undefined;
  const { operand, value } = node;
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
