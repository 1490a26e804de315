import { EngineError } from "../base/errors.ts";
import type { Field } from "../schema/collection-schema.ts";
import { type Column, isValid, type SparseColumn, type VectorColumn } from "../schema/column.ts";
import { columnOf } from "../schema/column-of-values.ts";
import { keyAt } from "../schema/column-value.ts";
import { primaryKeyOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { firstRows } from "./first-rows.ts";
import { gatherOutput } from "./gather-output.ts";
import { matchRows } from "./matching-rows.ts";
import type { ReadSource } from "./read-source.ts";
import type { SearchRequest, SearchVectors } from "./request.ts";

/**
 * The vectors that a request searches for: its own, or those of the rows whose keys it names.
 * Throws `invalid-parameter` unless it has exactly one of both, and for keys that are missing.
 */
export function searchVectorsOf(
  source: ReadSource,
  field: Field,
  request: SearchRequest,
): SearchVectors | Promise<SearchVectors> {
  const { vectors, ids } = request;
  if (vectors !== undefined && ids !== undefined) {
    throw invalid("Either ids or data must be provided, not both");
  }
  if (ids !== undefined) return vectorsOfKeys(source, field, { ...request, ids });
  if (vectors === undefined) throw invalid("Either ids or data must be provided");
  return vectors;
}

async function vectorsOfKeys(
  source: ReadSource,
  field: Field,
  request: SearchRequest & { readonly ids: readonly (bigint | string)[] },
): Promise<SearchVectors> {
  const { ids, partitions, ignoreGrowing, at, signal } = request;
  const keyField = primaryKeyOf(source.schema);
  checkKeys(keyField, field, ids);
  const { matches } = await matchRows(
    source,
    {
      filter: `${keyField.name} in {redkite_ids}`,
      templates: { redkite_ids: [...ids] },
      ...(partitions && { partitions }),
      ...(ignoreGrowing !== undefined && { ignoreGrowing }),
      ...(at !== undefined && { at }),
      ...(signal && { signal }),
    },
    [field.id],
  );
  const found = firstRows(matches, keyField, [], { offset: 0 });
  const keys = matches.map(({ view }) => view.column(keyField.id));
  const placeOf = new Map(
    Array.from(found.rows, (row, i) => [keyAt(keys[found.from[i]], row), i] as const),
  );
  const missing = ids.filter((id) => !placeOf.has(id));
  if (missing.length > 0) {
    throw invalid(
      `some of the provided primary key IDs do not exist: missing IDs = [${missing.join(" ")}]`,
    );
  }
  const places = ids.map((id) => placeOf.get(id) ?? 0);
  const picks = {
    from: places.map((place) => found.from[place]),
    rows: places.map((place) => found.rows[place]),
  };
  const views = matches.map(({ view }) => view);
  return asSearchVectors(gatherOutput(field, views, picks), ids);
}

function checkKeys(keyField: Field, field: Field, ids: readonly (bigint | string)[]): void {
  const max = limits.searchVectors;
  if (ids.length === 0 || ids.length > max) {
    throw new EngineError(
      "limit-exceeded",
      `nq [${ids.length}] is invalid, nq (number of search vector per search request) should be in range [1, ${max}], but got ${ids.length}`,
      { details: { found: ids.length, max } },
    );
  }
  if (field.type === "ArrayOfVector") {
    throw invalid("array of vector is not supported for search by IDs");
  }
  const isInteger = keyField.type === "Int64";
  if (ids.some((id) => (typeof id === "bigint") !== isInteger)) {
    throw invalid(`primary key is ${isInteger ? "int64" : "varchar"}, but IDs type mismatch`);
  }
  if (new Set(ids).size !== ids.length) throw invalid("duplicate IDs found in search request");
  // Out of the range of its type: refused as a value of a row would be.
  columnOf(keyField, ids);
}

function asSearchVectors(column: Column, ids: readonly (bigint | string)[]): SearchVectors {
  const bare = ids.filter((_, row) => !isValid(column, row));
  if (bare.length > 0) {
    throw invalid(`some of the provided primary key IDs have no vector: IDs = [${bare.join(" ")}]`);
  }
  const { validity: _, ...vectors } = column as VectorColumn | SparseColumn;
  return vectors.layout === "vector" && vectors.values instanceof Float32Array
    ? vectors.values
    : vectors;
}

/** The vector number `i` of those of a search, as vectors of a search of its own. */
export function oneVector(vectors: SearchVectors, i: number, count: number): SearchVectors {
  if (vectors instanceof Float32Array) {
    const dim = vectors.length / count;
    return vectors.subarray(i * dim, (i + 1) * dim);
  }
  if (vectors.layout !== "vector") {
    return { ...vectors, rowCount: 1, offsets: vectors.offsets.subarray(i, i + 2) };
  }
  const stride = vectors.values.length / vectors.rowCount;
  const values = vectors.values.subarray(i * stride, (i + 1) * stride);
  return { ...vectors, rowCount: 1, values };
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-parameter", message);
}
