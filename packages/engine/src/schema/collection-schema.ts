import type { DataType } from "./data-type.ts";

/** A value of a scalar field as rows carry it. Int64 is always a bigint. */
export type ScalarValue = boolean | number | bigint | string;

/** A field of a collection, complete and valid: made by `defineSchema`. */
export interface Field {
  /** Unique in the collection for ever; user fields start at 100, as in Milvus. */
  readonly id: number;
  readonly name: string;
  readonly type: DataType;
  readonly description: string;
  readonly primaryKey: boolean;
  /** The engine makes the keys. Only on the primary key. */
  readonly autoId: boolean;
  readonly nullable: boolean;
  /** What rows without a value get. */
  readonly defaultValue?: ScalarValue;
  /** Components of a vector, 2 to 32,768. */
  readonly dim?: number;
  /** Longest VarChar value in bytes of UTF-8, 1 to 65,535; of each element for arrays of VarChar. */
  readonly maxLength?: number;
  readonly elementType?: DataType;
  /** Most elements of an array, 1 to 4,096. */
  readonly maxCapacity?: number;
}

/** What a caller gives to define a field. `type` and `name` are enough for most. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: DataType;
  readonly description?: string;
  readonly primaryKey?: boolean;
  readonly autoId?: boolean;
  readonly nullable?: boolean;
  readonly defaultValue?: ScalarValue;
  readonly dim?: number;
  readonly maxLength?: number;
  readonly elementType?: DataType;
  readonly maxCapacity?: number;
}

/** The fields of a collection. Valid by construction: made by `defineSchema`. */
export interface CollectionSchema {
  readonly description: string;
  /** In the order of definition. The dynamic field is last, when there is one. */
  readonly fields: readonly Field[];
  /** Whether rows may carry values of undefined fields: they go to the JSON field `$meta`. */
  readonly dynamicField: boolean;
}

/** The name of the JSON field that holds what rows carry beside the defined fields. */
export const dynamicFieldName = "$meta";
