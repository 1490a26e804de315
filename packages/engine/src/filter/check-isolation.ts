import { EngineError } from "../base/errors.ts";
import type { BoundNode, CompareNode } from "./bound-node.ts";
import type { BoundFilter } from "./filter.ts";

/**
 * Checks that a filter lets rows of one partition key alone pass, as Milvus wants it of searches in a
 * collection whose keys are isolated from each other: `key == x`, by itself or in a conjunction.
 * Throws `invalid-parameter` with Milvus's texts.
 */
export function checkIsolation(filter: BoundFilter | undefined, keyFieldId: number): void {
  if (filter !== undefined && namesOneKey(filter.root, keyFieldId)) return;
  throw new EngineError(
    "invalid-parameter",
    "partition key not found in expr or the expr is invalid when validating partition key isolation",
  );
}

/** Whether a condition wants one value of the key. Throws where it wants anything else of it. */
function namesOneKey(node: BoundNode, keyFieldId: number): boolean {
  const within = (operand: BoundNode): boolean => namesOneKey(operand, keyFieldId);
  switch (node.kind) {
    case "and":
      return node.operands.filter(within).length > 0;
    case "or":
      return refuseWhere(node.operands.filter(within).length > 0, "OR");
    case "not":
      return refuseWhere(within(node.operand), "NOT");
    case "sample":
    case "element-filter":
      return node.rows !== undefined && within(node.rows);
    case "compare":
      if (!looksAt(node, keyFieldId) || node.operator === "==") return looksAt(node, keyFieldId);
      return refuseWhere(true, operatorNames[node.operator]);
    case "in":
      return refuseWhere(looksAt(node, keyFieldId), "IN");
    case "range":
      return refuseWhere(looksAt(node, keyFieldId), "BinaryRange");
    case "like":
      return refuseWhere(looksAt(node, keyFieldId), "Match");
    default:
      return false;
  }
}

/** Milvus's names of the operators. */
const operatorNames: Readonly<Record<Exclude<CompareNode["operator"], "==">, string>> = {
  "!=": "NotEqual",
  "<": "LessThan",
  "<=": "LessEqual",
  ">": "GreaterThan",
  ">=": "GreaterEqual",
};

function looksAt(
  { operand }: { readonly operand: CompareNode["operand"] },
  keyFieldId: number,
): boolean {
  return operand.kind === "scalar" && operand.fieldId === keyFieldId;
}

function refuseWhere(isKey: boolean, construct: string): boolean {
  if (!isKey) return false;
  throw new EngineError(
    "invalid-parameter",
    `partition key isolation does not support ${construct}`,
  );
}
