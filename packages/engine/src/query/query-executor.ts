import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { EngineError } from "../base/errors.ts";
import { dynamicFieldName, type Field } from "../schema/collection-schema.ts";
import type { Column, FixedColumn } from "../schema/column.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import type { Picks } from "../schema/gather.ts";
import { limits } from "../schema/limits.ts";
import { compareAt } from "../segment/key-index.ts";
import { type SegmentView, timestampFieldId } from "../segment/segment.ts";
import { pickDynamicKeys } from "./dynamic-output.ts";
import { gatherOutput } from "./gather-output.ts";
import { type MatchingRows, matchRows } from "./matching-rows.ts";
import { countOutput, type OutputPlan, planOutput } from "./output-plan.ts";
import type { ReadSource } from "./read-source.ts";
import type { OutputField, QueryRequest, QueryResult } from "./request.ts";

/**
 * Answers a query: the matching rows in the order of their primary keys, each key once (the newest
 * row of it), after `offset`, at most `limit`. With the output field `count(*)` it counts instead.
 */
export async function runQuery(source: ReadSource, request: QueryRequest): Promise<QueryResult> {
  const names = request.outputFields ?? [];
  if (names.some((name) => name.toLowerCase() === countOutput)) return countRows(source, request);
  checkWindow(request);
  const keyField = primaryKeyOf(source.schema);
  const plan = planOutput(source.schema, [keyField.name, ...names]);
  const { matches, at } = await matchRows(
    source,
    request,
    plan.fields.map(({ id }) => id),
  );
  const { limit, offset = 0 } = request;
  const wanted = limit === undefined ? Number.POSITIVE_INFINITY : offset + limit;
  const picks = firstByKey(matches, keyField, wanted).slice(offset);
  const fields = outputColumns(
    plan,
    matches.map(({ view }) => view),
    toPicks(picks),
  );
  return { rowCount: picks.length, fields, at };
}

async function countRows(source: ReadSource, request: QueryRequest): Promise<QueryResult> {
  if (request.limit !== undefined || request.offset !== undefined) {
    throw new EngineError("invalid-parameter", "count entities with pagination is not allowed");
  }
  const { matches, at } = await matchRows(source, request, []);
  const count = matches.reduce(
    (total, { view, rows }) => total + (rows?.count() ?? view.rowCount),
    0,
  );
  const column: FixedColumn = {
    layout: "fixed",
    rowCount: 1,
    values: BigInt64Array.of(BigInt(count)),
  };
  return { rowCount: 1, fields: [{ name: countOutput, column }], at };
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

/** A row of one of the views, by the view's number. */
interface RowPick {
  readonly from: number;
  readonly row: number;
}

/**
 * The first `wanted` matching rows by key, each key once. Keeps at most twice as many as are wanted
 * in memory: what can't be among the first is dropped on the way.
 */
function firstByKey(matches: readonly MatchingRows[], keyField: Field, wanted: number): RowPick[] {
  const keys = matches.map(({ view }) => view.column(keyField.id));
  const times = matches.map(({ view }) => view.column(timestampFieldId) as FixedColumn);
  const newestFirst = (a: RowPick, b: RowPick): number => {
    const timeA = times[a.from].values[a.row];
    const timeB = times[b.from].values[b.row];
    // Rows of one write have one timestamp: the later row is the newer.
    return timeA === timeB ? b.row - a.row : timeA > timeB ? -1 : 1;
  };
  const compare = (a: RowPick, b: RowPick): number =>
    compareAt(keys[a.from], a.row, keys[b.from], b.row) || newestFirst(a, b);
  const trim = (picks: RowPick[]): RowPick[] => {
    const sorted = picks.sort(compare);
    return firstOfEachKey(sorted, keys).slice(0, wanted);
  };
  const capacity = Math.max(2 * wanted, 4096);
  let picks: RowPick[] = [];
  for (const [from, { view, rows }] of matches.entries()) {
    (rows ?? Bitset.full(view.rowCount)).forEach((row) => {
      picks.push({ from, row });
      if (picks.length >= capacity) picks = trim(picks);
    });
  }
  return trim(picks);
}

function firstOfEachKey(sorted: readonly RowPick[], keys: readonly Column[]): RowPick[] {
  return sorted.filter((pick, i) => {
    const before = sorted[i - 1];
    return (
      before === undefined ||
      compareAt(keys[before.from], before.row, keys[pick.from], pick.row) !== 0
    );
  });
}

function toPicks(picks: readonly RowPick[]): Picks {
  return {
    from: Uint32Array.from(picks, (pick) => pick.from),
    rows: Uint32Array.from(picks, (pick) => pick.row),
  };
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
