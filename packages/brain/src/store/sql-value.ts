/**
 * A value as it goes into SQL by a bound parameter, or comes out of it. Whole numbers of 64 bits come
 * out as bigint. A parameter is a scalar or a list of scalars of one type; structs only come out.
 */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

/** A row of a result, by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;
