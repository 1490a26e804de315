import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import { elementFilterOf } from "../filter/filter.ts";
import { dynamicFieldName } from "../schema/collection-schema.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import type { Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import type { SegmentView } from "../segment/segment.ts";
import { isAggregateQuery, runAggregateQuery } from "./aggregate-query.ts";
import { pickDynamicKeys } from "./dynamic-output.ts";
import { firstRows } from "./first-rows.ts";
import { foundElements } from "./found-elements.ts";
import { gatherOutput } from "./gather-output.ts";
import { matchRows } from "./matching-rows.ts";
import { orderKeysOf, queryOrder } from "./order-rows.ts";
import { type OutputPlan, planOutput } from "./output-plan.ts";
import type { ReadSource } from "./read-source.ts";
import type { OutputField, QueryRequest, QueryResult } from "./request.ts";

/**
 * Answers a query: the matching rows in the order asked for, else of their primary keys, each key
 * once (the newest row of it), after `offset`, at most `limit`; or groups of rows, or aggregates.
 */
export async function runQuery(source: ReadSource, request: QueryRequest): Promise<QueryResult> {
  checkWindow(request);
  if (isAggregateQuery(request)) return runAggregateQuery(source, request);
  const { outputFields = [], limit, offset = 0 } = request;
  const order = orderKeysOf(source.schema, request.orderBy, queryOrder);
  if (order.length > 0 && limit === undefined) {
    throw new EngineError("invalid-parameter", "ORDER BY requires explicit limit");
  }
  const keyField = primaryKeyOf(source.schema);
  const plan = planOutput(source.schema, [keyField.name, ...outputFields]);
  const fieldIds = [...plan.fields, ...order.map(({ path }) => path.field)].map(({ id }) => id);
  const { matches, at, filter } = await matchRows(source, request, fieldIds);
  const views = matches.map(({ view }) => view);
  const elementFilter = filter && elementFilterOf(filter);
  if (elementFilter === undefined) {
    if (request.afterElement !== undefined) throw noElements();
    const window = { offset, ...(limit !== undefined && { limit }) };
    const picks = firstRows(matches, keyField, order, window);
    return { rowCount: picks.rows.length, fields: outputColumns(plan, views, picks), at };
  }
  // Each row has an element at least, but for the one that an earlier answer has ended with.
  const rowsMax = limit === undefined ? {} : { limit: offset + limit + 1 };
  const rows = firstRows(matches, keyField, order, { offset: 0, ...rowsMax });
  const found = { picks: rows, views, keyFieldId: keyField.id };
  const { picks, elements } = foundElements(elementFilter, found, request);
  return { rowCount: picks.rows.length, fields: outputColumns(plan, views, picks), elements, at };
}

function noElements(): EngineError {
  return new EngineError(
    "invalid-parameter",
    "an element to go on behind needs a filter with element_filter",
  );
}

/** Throws `invalid-parameter` with Milvus's text unless `offset + limit` is within the window. */
export function checkWindow(window: { limit?: number; offset?: number }): void {
  const { limit, offset = 0 } = window;
  const prefix = "invalid max query result window";
  if (!Number.isInteger(offset) || offset < 0) {
    throw windowError(`${prefix}, offset [${offset}] is invalid, should be gte than 0`, offset);
  }
  if (limit === undefined) return;
  if (!Number.isInteger(limit) || limit < 1) {
    throw windowError(`${prefix}, limit [${limit}] is invalid, should be greater than 0`, limit);
  }
  if (offset + limit > limits.resultWindow) {
    const range = `(offset+limit) should be in range [1, ${limits.resultWindow}]`;
    throw windowError(`${prefix}, ${range}, but got ${offset + limit}`, offset + limit);
  }
}

function windowError(message: string, found: number): EngineError {
  return new EngineError("limit-exceeded", message, {
    details: { found, max: limits.resultWindow },
  });
}

/** The output columns of the picked rows. */
export function outputColumns(
  plan: OutputPlan,
  views: readonly SegmentView[],
  picks: Picks,
): OutputField[] {
  return plan.fields.map((field) => {
    const gathered = gatherOutput(field, views, picks);
    const restricted = field.name === dynamicFieldName && plan.dynamicKeys !== undefined;
    const column = restricted
      ? pickDynamicKeys(gathered, must(plan.dynamicKeys, "dynamic keys"))
      : gathered;
    return { name: field.name, field, column };
  });
}
