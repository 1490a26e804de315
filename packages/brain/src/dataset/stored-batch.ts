import type { DuckDBValue } from "@duckdb/node-api";
import { encodeValue } from "../schema/encode-value.ts";
import type { FieldInfo } from "../schema/field.ts";
import { isStandardField } from "../schema/field-column.ts";
import { type InferredField, inferField, mergeFields } from "../schema/infer-field.ts";
import type { Transaction } from "../store/store.ts";
import type { DatasetSchema } from "./dataset-schema.ts";

/** A sample's values by field name, as they are given. */
export type FieldValues = Readonly<Record<string, unknown>>;

/** What must change in the schema so that it holds a batch of values. */
export interface SchemaPlan {
  readonly added: readonly FieldInfo[];
  readonly widened: readonly string[];
}

/**
 * Looks through a batch for fields that the dataset has not, or not wide enough. Throws for names and
 * values that no schema holds, before anything is stored.
 */
export function planSchema(schema: DatasetSchema, batch: readonly FieldValues[]): SchemaPlan {
  const inferred = new Map<string, InferredField>();
  for (const values of batch) {
    for (const [name, value] of Object.entries(values)) {
      if (isStandardField(name)) continue;
      const field = inferField(name, value);
      if (field === undefined) continue;
      const before = inferred.get(name);
      inferred.set(name, before === undefined ? field : mergeFields(name, before, field));
    }
  }
  const added: FieldInfo[] = [];
  const widened: string[] = [];
  for (const [name, { isEmptyList: _, ...field }] of inferred) {
    if (schema.find(name) === undefined) {
      schema.checkName(name);
      added.push({ name, ...field });
    } else {
      schema.writableField(name);
      if (schema.fit(name, field) === "widen") widened.push(name);
    }
  }
  return { added, widened };
}

/** The schema's fields as they are once the plan is carried out. */
export function plannedFields(schema: DatasetSchema, plan: SchemaPlan): readonly FieldInfo[] {
  const fields = schema.fields.map(
    (field): FieldInfo => (plan.widened.includes(field.name) ? { ...field, type: "float" } : field),
  );
  return [...fields, ...plan.added];
}

/** Carries the plan out, in the transaction that stores the batch. */
export async function carryOut(
  transaction: Transaction,
  schema: DatasetSchema,
  plan: SchemaPlan,
): Promise<void> {
  for (const name of plan.widened) await schema.widen(transaction, name);
  for (const field of plan.added) await schema.add(transaction, field, true);
}

/** A field's column for a batch. */
export function encodeColumn(field: FieldInfo, batch: readonly FieldValues[]): DuckDBValue[] {
  return batch.map((values) => encodeValue(field, values[field.name]));
}
