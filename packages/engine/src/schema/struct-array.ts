import type { CollectionSchema, Field, StructArray } from "./collection-schema.ts";

/** The name of a sub-field of a struct among a schema's fields. */
export function structFieldName(struct: string, subField: string): string {
  return `${struct}[${subField}]`;
}

/** The name of a sub-field within its struct. */
export function subFieldName({ name, struct = "" }: Pick<Field, "name" | "struct">): string {
  return name.slice(struct.length + 1, -1);
}

/** The sub-fields of a struct, in the order of definition. */
export function fieldsOfStruct(schema: CollectionSchema, struct: string): readonly Field[] {
  return schema.fields.filter((field) => field.struct === struct);
}

export function structNamed(schema: CollectionSchema, name: string): StructArray | undefined {
  return schema.structs?.find((struct) => struct.name === name);
}
