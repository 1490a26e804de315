import { EngineError } from "../base/errors.ts";
import {
  type CollectionSchema,
  dynamicFieldName,
  type Field,
} from "../schema/collection-schema.ts";
import { dynamicFieldOf, fieldNamed } from "../schema/define-schema.ts";
import { fieldsOfStruct, structNamed } from "../schema/struct-array.ts";

/** Which columns an answer carries. */
export interface OutputPlan {
  readonly fields: readonly Field[];
  /** The keys of the dynamic field that were asked for; absent when all of them, or none, were. */
  readonly dynamicKeys?: readonly string[];
}

/** The output field that counts rows instead of showing them. */
export const countOutput = "count(*)";

/**
 * Resolves names of output fields: defined fields, structs for all their sub-fields, `*` for all,
 * and with the dynamic field any other name as one of its keys. Throws `field-not-found`.
 */
export function planOutput(schema: CollectionSchema, names: readonly string[]): OutputPlan {
  if (names.includes("*")) return { fields: schema.fields };
  const fields: Field[] = [];
  const dynamicKeys: string[] = [];
  let wholeDynamicField = false;
  for (const name of namesOfFields(schema, names)) {
    const field = fieldNamed(schema, name);
    if (field === undefined) dynamicKeys.push(dynamicKeyOf(schema, name));
    else if (name === dynamicFieldName) wholeDynamicField = true;
    else fields.push(field);
  }
  const dynamicField = dynamicFieldOf(schema);
  if (dynamicField === undefined || (dynamicKeys.length === 0 && !wholeDynamicField)) {
    return { fields };
  }
  const withDynamic = [...fields, dynamicField];
  return wholeDynamicField ? { fields: withDynamic } : { fields: withDynamic, dynamicKeys };
}

/** The names, each once, those of structs as the names of their sub-fields. */
function namesOfFields(schema: CollectionSchema, names: readonly string[]): ReadonlySet<string> {
  return new Set(
    names.flatMap((name) => {
      if (structNamed(schema, name) === undefined) return name;
      return fieldsOfStruct(schema, name).map((field) => field.name);
    }),
  );
}

const dynamicKeyPattern = /^\$meta\[(["'])(.*)\1\]$/;

function dynamicKeyOf(schema: CollectionSchema, name: string): string {
  if (!schema.dynamicField) {
    throw new EngineError("field-not-found", `field ${name} not exist`, {
      details: { field: name, allowed: schema.fields.map((field) => field.name) },
    });
  }
  const key = dynamicKeyPattern.exec(name)?.[2] ?? name;
  if (/[[\]]/.test(key)) {
    throw new EngineError(
      "invalid-parameter",
      `parse output field name failed: ${name} names a part of a JSON value; ask for the whole value`,
      { details: { field: name } },
    );
  }
  return key;
}
