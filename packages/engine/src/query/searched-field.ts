import { must } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { Metric } from "../base/metric.ts";
import { type BuildParameters, checkBuildParameters } from "../index/build-parameters.ts";
import { checkSearchParameters, type SearchParameters } from "../index/search-parameters.ts";
import type { SearchEffort } from "../index/vector-index.ts";
import { defaultMetricOf, metricsOf, vectorIndexTypeNamed } from "../index/vector-index-type.ts";
import type { Field } from "../schema/collection-schema.ts";
import { searchedFieldsOf } from "../schema/define-schema.ts";
import type { ReadSource, SearchedIndex } from "./read-source.ts";
import type { SearchRequest } from "./request.ts";

/** The field with vectors that a request names, or the only one. */
export function searchedField(source: ReadSource, name: string | undefined): Field {
  const fields = searchedFieldsOf(source.schema);
  if (name === undefined || name === "") {
    if (fields.length === 1) return fields[0];
    throw new EngineError(
      "invalid-parameter",
      "multiple anns_fields exist, please specify a anns_field in search_params",
      { details: { allowed: fields.map((field) => field.name) } },
    );
  }
  const field = fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new EngineError(
    "field-not-found",
    `failed to get field schema by name: fieldName(${name}) not found`,
    { details: { field: name, allowed: fields.map((candidate) => candidate.name) } },
  );
}

/** How thorough the search is to be, by the type of the field's index. Throws `invalid-parameter`. */
export function searchParameters(
  source: ReadSource,
  field: Field,
  { request, metric }: { request: SearchRequest; metric: Metric },
): SearchParameters {
  const { k, offset = 0, params, range, exhaustive = false } = request;
  const index = source.indexOf(field.name);
  const typeName = index?.type ?? "AUTOINDEX";
  const type = must(vectorIndexTypeNamed(typeName), `index type ${typeName}`);
  const listCount = index?.params["nlist"];
  const built = index && builtWith(index, field);
  return checkSearchParameters(type, metric, {
    // Iterators make such searches, and Milvus compares `ef` with their k as little.
    k: exhaustive ? 1 : k + offset,
    ...(params && { params }),
    ...(listCount !== undefined && { listCount: Number(listCount) }),
    ...(built && { built }),
    ...(range && { range }),
  });
}

/** What indexes were built with, by their parameters as they are stored. */
const parametersOf = new WeakMap<SearchedIndex["params"], BuildParameters>();

/** What an index was built with; `undefined` where an older version took what this one refuses. */
function builtWith(
  { type, metric, params }: SearchedIndex,
  field: Field,
): BuildParameters | undefined {
  const known = parametersOf.get(params);
  if (known !== undefined) return known;
  const typeName = must(vectorIndexTypeNamed(type), `index type ${type}`);
  try {
    const found = checkBuildParameters(typeName, field, metric ?? "", params);
    parametersOf.set(params, found);
    return found;
  } catch {
    return undefined;
  }
}

/** More lists than an IVF has. */
const allLists = 2 ** 31;

/** All lists, and as many candidates as hits: no part of an index is left out. */
export function exhaustiveEffort(effort: SearchEffort, k: number): SearchEffort {
  const { candidateCount, sparse, minHash } = effort;
  return {
    ...effort,
    probeCount: allLists,
    ...(candidateCount !== undefined && { candidateCount: Math.max(candidateCount, k) }),
    ...(sparse && { sparse: { ...sparse, boundRatio: 1 } }),
    ...(minHash && { minHash: { ...minHash, candidateCount: allLists } }),
  };
}

/**
 * The metric of the field's index, which that of the request must be; where there is no index, any
 * by which the field's vectors can be compared.
 */
export function metricFor(source: ReadSource, field: Field, wanted: Metric | undefined): Metric {
  const indexed = source.indexOf(field.name)?.metric;
  const metric = indexed ?? wanted ?? defaultMetricOf(field);
  const isKnown = indexed !== undefined || metricsOf(field).includes(metric);
  if (isKnown && (wanted === undefined || wanted === metric)) return metric;
  throw new EngineError("metric-mismatch", "metric type not match", {
    details: {
      field: field.name,
      expected: indexed ?? defaultMetricOf(field),
      actual: wanted ?? metric,
    },
  });
}
