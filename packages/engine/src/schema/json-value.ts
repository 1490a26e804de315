/** A JSON value in which integers beyond 2^53 are bigints, so that none is rounded. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
