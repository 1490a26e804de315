import { EngineError } from "../base/errors.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import type { SegmentView } from "../segment/segment.ts";
import type { OrderBy } from "./request.ts";
import {
  compareValues,
  isSortable,
  type PathValue,
  type ScalarPath,
  scalarPathOf,
  type ValueReader,
  valueReader,
} from "./scalar-path.ts";

/** A criterion of an order, its field found. */
export interface OrderKey {
  readonly path: ScalarPath;
  readonly sign: 1 | -1;
  /** -1 or 1, where a row without a value is compared with one that has one. */
  readonly nullSign: 1 | -1;
}

/** How the orders of queries and of searches differ, as they do in Milvus. */
export interface OrderRule {
  /** Where rows without a value go when the request does not say it. */
  readonly nulls: "greatest" | "first";
  /** Whether values in JSON and of the dynamic field may be ordered by. */
  readonly json: boolean;
}

export const queryOrder: OrderRule = { nulls: "greatest", json: false };
export const searchOrder: OrderRule = { nulls: "first", json: true };

/** Finds the fields of an order. Throws `invalid-parameter` with Milvus's texts. */
export function orderKeysOf(
  schema: CollectionSchema,
  orderBy: readonly OrderBy[] | undefined,
  rule: OrderRule,
): readonly OrderKey[] {
  return (orderBy ?? []).map((criterion) => {
    const { field, direction = "asc", nulls } = criterion;
    if (direction !== "asc" && direction !== "desc") {
      throw orderError(
        `invalid order direction '${direction}' for field '${field}', must be 'asc' or 'desc'`,
        field,
      );
    }
    const sign = direction === "asc" ? 1 : -1;
    const greatest = rule.nulls === "greatest" && sign === 1;
    const nullsLast = nulls === undefined ? greatest : nulls === "last";
    return { path: orderedPath(schema, field, rule), sign, nullSign: nullsLast ? 1 : -1 };
  });
}

function orderedPath(schema: CollectionSchema, name: string, rule: OrderRule): ScalarPath {
  const path = scalarPathOf(schema, name);
  if (path === undefined || (path.steps !== undefined && !rule.json)) {
    throw orderError(`order_by field '${name}' does not exist in collection schema`, name);
  }
  if (isSortable(path)) return path;
  const { type } = path.field;
  throw orderError(
    rule.json
      ? `order_by field '${name}' has unsortable type ${type}; supported types: bool, int8/16/32/64, float, double, string, varchar; for JSON fields use path syntax like field["key"]`
      : `order_by field '${name}' has type ${type} which is not sortable`,
    name,
  );
}

function orderError(message: string, field: string): EngineError {
  return new EngineError("invalid-parameter", message, { details: { field } });
}

/** The order of two values by a criterion. */
export function compareByKey({ sign, nullSign }: OrderKey, a: PathValue, b: PathValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? nullSign : -nullSign;
  return sign * compareValues(a, b);
}

/** Compares rows of views by the criteria of an order. */
export class RowOrder {
  readonly #keys: readonly OrderKey[];
  /** By criterion, then by the number of the view. */
  readonly #readers: readonly (readonly ValueReader[])[];

  constructor(keys: readonly OrderKey[], views: readonly SegmentView[]) {
    this.#keys = keys;
    this.#readers = keys.map(({ path }) =>
      views.map((view) => valueReader(path, view.column(path.field.id))),
    );
  }

  compare(fromA: number, rowA: number, fromB: number, rowB: number): number {
    for (let i = 0; i < this.#keys.length; i++) {
      const readers = this.#readers[i];
      const order = compareByKey(this.#keys[i], readers[fromA](rowA), readers[fromB](rowB));
      if (order !== 0) return order;
    }
    return 0;
  }

  /** The values of a row, one for each criterion, to be compared by {@link compareByKey}. */
  valuesOf(from: number, row: number): PathValue[] {
    return this.#readers.map((readers) => readers[from](row));
  }
}
