import type { ArrayChange, Collection } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import type { WireFieldOp, WireUpsertRequest } from "../wire/insert-request.ts";

/** The numbers of `schema.FieldPartialUpdateOp.OpType`. */
const replace = 0;
const operations: ReadonlyMap<number, { readonly name: string; readonly change: ArrayChange }> =
  new Map([
    [1, { name: "ARRAY_APPEND", change: "append" }],
    [2, { name: "ARRAY_REMOVE", change: "remove" }],
  ]);

/**
 * What the operations of an upsert do to its Array fields; empty when they all replace. Throws with
 * Milvus's texts for what can't be done.
 */
export function arrayChangesOf(
  { fieldOps, fieldsData }: WireUpsertRequest,
  schema: Collection["schema"],
): ReadonlyMap<string, ArrayChange> {
  const changes = new Map<string, ArrayChange>();
  const seen = new Set<string>();
  for (const operation of fieldOps) {
    const { fieldName, op } = operation;
    if (fieldName === "") throw invalidParameter("FieldPartialUpdateOp.field_name is required");
    const quoted = JSON.stringify(fieldName);
    if (seen.has(fieldName)) {
      throw invalidParameter(`duplicate partial-update op for field ${quoted}`);
    }
    seen.add(fieldName);
    if (op === replace) continue;
    changes.set(fieldName, arrayChangeOf(operation, schema));
    if (fieldsData.some(({ name }) => name === fieldName)) continue;
    throw invalidParameter(`partial-update op targets field ${quoted} not present in fields_data`);
  }
  return changes;
}

function arrayChangeOf(
  { fieldName, op }: WireFieldOp,
  { fields }: Collection["schema"],
): ArrayChange {
  const quoted = JSON.stringify(fieldName);
  const operation = operations.get(op);
  const field = fields.find(({ name }) => name === fieldName);
  if (field?.primaryKey) {
    const rule = "is the primary key and cannot carry a partial-update op";
    throw invalidParameter(`field ${quoted} ${rule}`);
  }
  if (field?.struct !== undefined) {
    const shown = operation?.name ?? op;
    throw invalidParameter(`op ${shown} is not supported for struct field ${quoted}`);
  }
  if (field === undefined) throw invalidParameter(`field ${quoted} not found in collection schema`);
  if (operation === undefined) throw invalidParameter(`unsupported partial update op: ${op}`);
  if (field.type === "Array") return operation.change;
  throw invalidParameter(
    `op ${operation.name} requires Array field, but field ${quoted} is ${field.type}`,
  );
}
