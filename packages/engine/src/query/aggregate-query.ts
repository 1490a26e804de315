import { must } from "../base/assert.ts";
import { Bitset } from "../base/bitset.ts";
import { EngineError } from "../base/errors.ts";
import { type ElementFilter, elementFilterOf } from "../filter/filter.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { isValid } from "../schema/column.ts";
import { infoOf } from "../schema/data-type.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { SegmentView } from "../segment/segment.ts";
import {
  type Accumulator,
  type AggregateCall,
  accumulatorOf,
  aggregateCallOf,
  isAggregate,
  resultType,
} from "./aggregate.ts";
import { columnOfValues, derivedOutput } from "./derived-field.ts";
import { countElements } from "./found-elements.ts";
import { GroupIds } from "./group-ids.ts";
import { type MatchingRows, matchRows } from "./matching-rows.ts";
import { compareByKey, type OrderKey, orderKeysOf, queryOrder } from "./order-rows.ts";
import { countOutput } from "./output-plan.ts";
import type { ReadSource } from "./read-source.ts";
import type { OutputField, QueryRequest, QueryResult } from "./request.ts";
import { type ValueReader, valueReader } from "./scalar-path.ts";

/** Whether a query answers groups of rows, or one row for all of them. */
export function isAggregateQuery({ outputFields = [], groupBy = [] }: QueryRequest): boolean {
  return groupBy.length > 0 || outputFields.some(isAggregate);
}

/** What an aggregate query has to find out. */
interface AggregatePlan {
  readonly groupFields: readonly Field[];
  readonly calls: readonly AggregateCall[];
  /** The output fields in the order of the request. */
  readonly outputs: readonly (Field | AggregateCall)[];
  readonly order: readonly OrderKey[];
}

/**
 * Answers a query with `groupBy` or aggregates: one row for each group of matching rows, those whose
 * values are null included, in the order asked for, then by the groups' values, nulls last. Without
 * `groupBy` one row, whatever matches. Throws `invalid-parameter` and `field-not-found`.
 */
export async function runAggregateQuery(
  source: ReadSource,
  request: QueryRequest,
): Promise<QueryResult> {
  const plan = planAggregates(source.schema, request);
  const fieldIds = [...plan.groupFields, ...plan.calls.flatMap(({ field }) => field ?? [])].map(
    ({ id }) => id,
  );
  const { matches, at, filter } = await matchRows(source, request, fieldIds);
  if (isCountOnly(plan)) {
    const elementFilter = filter && elementFilterOf(filter);
    return { ...countMatches(plan, matches, elementFilter), at };
  }
  const groups = aggregate(plan, matches);
  const { limit = Number.POSITIVE_INFINITY, offset = 0 } = request;
  const ids = groups.ordered(plan.order).slice(offset, offset + limit);
  const fields = plan.outputs.map((output) => groups.outputOf(output, ids));
  return { rowCount: ids.length, fields, at };
}

function planAggregates(schema: CollectionSchema, request: QueryRequest): AggregatePlan {
  const { groupBy = [], outputFields = [], limit, orderBy = [] } = request;
  const groupFields = groupBy.map((name) => groupField(schema, name));
  const names = outputFields.length > 0 ? outputFields : groupBy;
  const outputs = names.map((name) => outputOf(schema, name, groupFields));
  const calls = outputs.filter((output): output is AggregateCall => "operator" in output);
  const isCounted = calls.some(({ operator, field }) => operator === "count" && !field);
  if (isCounted && groupBy.length === 0 && limit !== undefined) {
    throw new EngineError("invalid-parameter", "count entities with pagination is not allowed");
  }
  for (const { field } of orderBy) checkOrderTarget(field, groupBy);
  return { groupFields, calls, outputs, order: orderKeysOf(schema, orderBy, queryOrder) };
}

const groupedFamilies: ReadonlySet<string> = new Set(["integer", "string", "timestamp"]);

function groupField(schema: CollectionSchema, name: string): Field {
  const field = fieldNamed(schema, name);
  if (field === undefined) {
    throw new EngineError("field-not-found", `field ${name} not exist`, {
      details: { field: name },
    });
  }
  if (groupedFamilies.has(infoOf(field.type).family)) return field;
  throw new EngineError(
    "invalid-parameter",
    `group by field ${name} has unsupported data type ${field.type}`,
    { details: { field: name, type: field.type } },
  );
}

function outputOf(
  schema: CollectionSchema,
  name: string,
  groupFields: readonly Field[],
): Field | AggregateCall {
  const output = groupFields.find((field) => field.name === name) ?? aggregateCallOf(schema, name);
  if (output !== undefined) return output;
  throw new EngineError(
    "invalid-parameter",
    `output field '${name}' is neither a group by field nor an aggregate: a query with GROUP BY or aggregates answers only those`,
    { details: { field: name, allowed: groupFields.map((field) => field.name) } },
  );
}

function checkOrderTarget(name: string, groupBy: readonly string[]): void {
  if (isAggregate(name)) {
    throw new EngineError(
      "invalid-parameter",
      `ORDER BY on aggregate expression '${name}' is not yet supported`,
      { details: { field: name } },
    );
  }
  if (groupBy.includes(name)) return;
  throw new EngineError(
    "invalid-parameter",
    `ORDER BY field '${name}' is not valid: when using GROUP BY or aggregates, ORDER BY can only reference GROUP BY columns. Valid targets are: [${groupBy.join(" ")}]`,
    { details: { field: name, allowed: groupBy } },
  );
}

function isCountOnly({ groupFields, calls }: AggregatePlan): boolean {
  return groupFields.length === 0 && calls.every(({ field }) => field === undefined);
}

/** Counts rows, or the elements that an `element_filter` has found. */
function countMatches(
  { calls }: AggregatePlan,
  matches: readonly MatchingRows[],
  elementFilter: ElementFilter | undefined,
): Omit<QueryResult, "at"> {
  const countOf = (match: MatchingRows): number =>
    elementFilter === undefined
      ? (match.rows?.count() ?? match.view.rowCount)
      : countElements(elementFilter, match.view, match.rows);
  const count = matches.reduce((total, match) => total + countOf(match), 0);
  const column = { layout: "fixed", rowCount: 1, values: BigInt64Array.of(BigInt(count)) } as const;
  return { rowCount: 1, fields: calls.map(() => ({ name: countOutput, column })) };
}

function aggregate(plan: AggregatePlan, matches: readonly MatchingRows[]): Groups {
  const views = matches.map(({ view }) => view);
  const isGrouped = plan.groupFields.length > 0;
  const ids = new GroupIds(
    plan.groupFields.map((field) => (view: SegmentView) => fieldReader(field, view)),
    views,
  );
  const accumulators = plan.calls.map(({ operator, field }) =>
    accumulatorOf(operator, field?.type ?? "Int64"),
  );
  for (const [from, { view, rows }] of matches.entries()) {
    const readers = plan.calls.map((call) => inputReader(call, view));
    (rows ?? Bitset.full(view.rowCount)).forEach((row) => {
      const group = isGrouped ? ids.idOf(from, row) : 0;
      for (let i = 0; i < readers.length; i++) {
        const value = readers[i](row);
        if (value !== null) accumulators[i].add(group, value);
      }
    });
  }
  return new Groups(plan, ids, accumulators);
}

function fieldReader(field: Field, view: SegmentView): ValueReader {
  return valueReader({ name: field.name, field }, view.column(field.id));
}

/** What an aggregate takes in of each row; of what is only counted, whether it is there. */
function inputReader({ operator, field }: AggregateCall, view: SegmentView): ValueReader {
  if (field === undefined) return () => true;
  if (operator !== "count") return fieldReader(field, view);
  const column = view.column(field.id);
  return (row) => (isValid(column, row) ? true : null);
}

/** The groups of a query's rows, by number, with what the aggregates have found out about them. */
class Groups {
  readonly #plan: AggregatePlan;
  readonly #ids: GroupIds;
  readonly #accumulators: readonly Accumulator[];

  constructor(plan: AggregatePlan, ids: GroupIds, accumulators: readonly Accumulator[]) {
    this.#plan = plan;
    this.#ids = ids;
    this.#accumulators = accumulators;
  }

  /** The groups in order; the only one where rows are not grouped. */
  ordered(order: readonly OrderKey[]): number[] {
    const { groupFields } = this.#plan;
    if (groupFields.length === 0) return [0];
    const all = groupFields.map(({ name }) => ({ field: name }));
    const schema = { description: "", fields: groupFields, dynamicField: false };
    const keys = [...order, ...orderKeysOf(schema, all, queryOrder)].map((key) => ({
      key,
      index: groupFields.findIndex(({ id }) => id === key.path.field.id),
    }));
    const numbers = Array.from({ length: this.#ids.count }, (_, id) => id);
    return numbers.sort((a, b) => {
      for (const { key, index } of keys) {
        const [valueA, valueB] = [this.#ids.valuesOf(a)[index], this.#ids.valuesOf(b)[index]];
        const comparison = compareByKey(key, valueA, valueB);
        if (comparison !== 0) return comparison;
      }
      return 0;
    });
  }

  /** The values of a group field or an aggregate, for the groups of the answer. */
  outputOf(output: Field | AggregateCall, ids: readonly number[]): OutputField {
    const { groupFields, calls } = this.#plan;
    if (!("operator" in output)) {
      const index = groupFields.indexOf(output);
      const values = ids.map((id) => this.#ids.valuesOf(id)[index]);
      return { name: output.name, field: output, column: columnOfValues(output, values) };
    }
    const { name, operator, field } = output;
    const accumulator = must(this.#accumulators[calls.indexOf(output)], `accumulator of ${name}`);
    const values = ids.map((id) => accumulator.resultOf(id));
    return derivedOutput(name, resultType(operator, field?.type ?? "Int64"), values);
  }
}
