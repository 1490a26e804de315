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
  /** Rows go to one of the collection's partitions by a hash of this field. */
  readonly partitionKey?: true;
  /** Rows may be kept together by this field. Without effect on answers. */
  readonly clusteringKey?: true;
  /** The struct that it is a sub-field of; the field's name is then `struct[name]`. */
  readonly struct?: string;
  /** Milvus's other parameters of fields (`mmap.enabled`, `warmup`, ...): kept and told. */
  readonly params?: Readonly<Record<string, string>>;
}

/**
 * An array of structs: each of its sub-fields is a field `struct[name]` of type Array or
 * ArrayOfVector, and in each row all of them have as many elements.
 */
export interface StructArray {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly nullable: boolean;
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
  readonly partitionKey?: boolean;
  readonly clusteringKey?: boolean;
  readonly params?: Readonly<Record<string, string>>;
}

/** What a caller gives to define an array of structs. Sub-fields are of type Array or ArrayOfVector. */
export interface StructArrayDefinition {
  readonly name: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly fields: readonly FieldDefinition[];
}

/** The fields of a collection. Valid by construction: made by `defineSchema`. */
export interface CollectionSchema {
  readonly description: string;
  /** In the order of definition; sub-fields of structs follow, then the dynamic field, then what was added later. */
  readonly fields: readonly Field[];
  /** Absent while there are none. */
  readonly structs?: readonly StructArray[];
  /** Whether rows may carry values of undefined fields: they go to the JSON field `$meta`. */
  readonly dynamicField: boolean;
  /** The id that the next field gets: ids of dropped fields are not used again. Absent: the next of all. */
  readonly nextFieldId?: number;
}

/** The name of the JSON field that holds what rows carry beside the defined fields. */
export const dynamicFieldName = "$meta";
