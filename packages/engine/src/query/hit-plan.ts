import { EngineError } from "../base/errors.ts";
import { isListMetric, type Metric } from "../base/metric.ts";
import { checkIsolation } from "../filter/check-isolation.ts";
import { type BoundFilter, elementFilterOf } from "../filter/filter.ts";
import type { SearchParameters } from "../index/search-parameters.ts";
import type { Field } from "../schema/collection-schema.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { type BoostPlan, planBoost } from "./boost-hits.ts";
import { checkGroupSize, type GroupPlan, planGroups } from "./group-plan.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest } from "./request.ts";
import type { HitWindow } from "./search-hits.ts";
import { exhaustiveEffort, metricFor, searchedField, searchParameters } from "./searched-field.ts";

/** What is wanted of hits beside what their request says. */
export interface HitNeeds {
  /** Fields of their rows. */
  readonly fieldIds: readonly number[];
  /** How they are grouped, instead of by the request's `groupBy`. */
  readonly groups?: GroupPlan;
  /** Whether hits may be elements of rows, of which a row may have several. Default false. */
  readonly takesElements?: boolean;
}

/** How the hits of a request are found. */
export interface HitPlan extends SearchParameters, HitWindow {
  readonly field: Field;
  readonly keyField: Field;
  readonly metric: Metric;
  /** Whether hits are elements of lists, not rows. */
  readonly isOfElements: boolean;
  readonly groups: GroupPlan | undefined;
  readonly boost: BoostPlan | undefined;
  /** All fields that are read of rows. */
  readonly fieldIds: readonly number[];
}

/**
 * Checks a request and decides how its hits are found. Throws `field-not-found`, `metric-mismatch`,
 * `limit-exceeded`, `unsupported` and `invalid-parameter`.
 */
export function planHits(source: ReadSource, request: SearchRequest, needs: HitNeeds): HitPlan {
  const { schema } = source;
  const { k, offset = 0, groupBy, boost: asked, exhaustive = false } = request;
  const field = searchedField(source, request.field);
  checkTopK(k, offset);
  const metric = metricFor(source, field, request.metric);
  const { effort, range } = searchParameters(source, field, { request, metric });
  checkGroupSize(groupBy?.size);
  const groups = needs.groups ?? (groupBy && planGroups(schema, field, groupBy));
  const boost = asked && planBoost(schema, asked, source.filterOptions());
  if (groups !== undefined && range !== undefined) {
    throw invalid("Not allowed to do range-search when doing search-group-by");
  }
  if (groups !== undefined && boost !== undefined) {
    throw invalid("don't support use segment scorer with group_by or search_iterator");
  }
  const isOfElements = field.type === "ArrayOfVector" && !isListMetric(metric);
  if (isOfElements) checkElementSearch(request, needs);
  const keyField = primaryKeyOf(schema);
  const fieldIds = [field.id, keyField.id, ...needs.fieldIds];
  if (groups !== undefined) fieldIds.push(...groups.paths.map((path) => path.field.id));
  if (boost !== undefined) fieldIds.push(...boost.fieldIds);
  return {
    field,
    keyField,
    metric,
    isOfElements,
    effort: exhaustive ? exhaustiveEffort(effort, k + offset) : effort,
    range,
    k,
    offset,
    groups,
    boost,
    fieldIds,
  };
}

/**
 * Throws `invalid-parameter` unless a search may have this filter: it names a tenant where rows are
 * isolated, and is about elements only where these are searched.
 */
export function checkSearchFilter(
  { isolatedKey }: Pick<ReadSource, "isolatedKey">,
  { field, isOfElements }: HitPlan,
  filter: BoundFilter | undefined,
): void {
  if (isolatedKey !== undefined) checkIsolation(filter, isolatedKey.id);
  const elementFilter = filter && elementFilterOf(filter);
  if (elementFilter === undefined) return;
  if (isOfElements && elementFilter.struct === field.struct) return;
  throw invalid(
    "element_filter is only supported for element-level search on vector sub-fields of the same struct array; use MATCH_ANY/MATCH_* for row-level vector search",
  );
}

/** What would have to know that a row may be met several times, by different elements. */
function checkElementSearch(
  { boost, exhaustive = false }: SearchRequest,
  { groups, takesElements = false }: HitNeeds,
): void {
  if (takesElements && !exhaustive && boost === undefined && groups === undefined) return;
  throw new EngineError(
    "unsupported",
    "A search among the elements of an array of structs takes no boost, order, aggregation, iterator or hybrid search; search plainly, or by a MAX_SIM metric",
  );
}

function checkTopK(k: number, offset: number): void {
  const max = limits.resultWindow;
  if (!Number.isInteger(k) || k < 1 || k > max) {
    throw new EngineError(
      "limit-exceeded",
      `topk [${k}] is invalid, it should be in range [1, ${max}], but got ${k}`,
      { details: { found: k, max } },
    );
  }
  if (!Number.isInteger(offset) || offset < 0 || k + offset > max) {
    const isRange = Number.isInteger(offset) && offset >= 0;
    throw new EngineError(
      "limit-exceeded",
      isRange
        ? `topk+offset [${k + offset}] is invalid, it should be in range [1, ${max}], but got ${k + offset}`
        : `offset [${offset}] is invalid, it should be in range [1, ${max}]`,
      { details: { found: offset, max } },
    );
  }
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
