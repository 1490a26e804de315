import { unreachable } from "../base/assert.ts";
import type { BoundNode } from "./bound-node.ts";

/** The ids of the fields that a condition reads, ascending. */
export function fieldsOf(node: BoundNode): readonly number[] {
  const ids = new Set<number>();
  collect(node, ids);
  return [...ids].sort((a, b) => a - b);
}

function collect(node: BoundNode, into: Set<number>): void {
  switch (node.kind) {
    case "constant":
      break;
    case "and":
    case "or":
      for (const operand of node.operands) collect(operand, into);
      break;
    case "not":
      collect(node.operand, into);
      break;
    case "compare-fields":
      into.add(node.left.fieldId).add(node.right.fieldId);
      break;
    case "null-check":
    case "shift":
    case "geometry":
      into.add(node.fieldId);
      break;
    case "match":
      into.add(node.fieldId);
      collect(node.predicate, into);
      break;
    case "element-filter":
      collect(node.match, into);
      if (node.rows !== undefined) collect(node.rows, into);
      break;
    case "sample":
      if (node.rows !== undefined) collect(node.rows, into);
      break;
    case "compare":
    case "range":
    case "in":
    case "like":
    case "regex":
    case "arithmetic":
    case "length":
    case "exists":
    case "contains":
      into.add(node.operand.fieldId);
      break;
    default:
      unreachable(node);
  }
}
