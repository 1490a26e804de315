import { dynamicFieldName } from "../schema/collection-schema.ts";
import { keyAt, type Value, valueAt } from "../schema/column-value.ts";
import { subFieldName } from "../schema/struct-array.ts";
import type { OutputField, QueryResult, SearchResult } from "./request.ts";

/** A row that a search found. The output fields are in `fields`. */
export interface SearchHit {
  readonly key: bigint | string;
  /** Squared distance for L2, the smaller the better; similarity for IP and COSINE. */
  readonly score: number;
  readonly fields: Record<string, Value>;
  /** Of a search among the elements of an array of structs: which of the row's was found, from 0. */
  readonly element?: number;
}

/** A query's answer as objects: dynamic keys beside the fields. */
export function rowsOfQuery(result: QueryResult): Record<string, Value>[] {
  return Array.from({ length: result.rowCount }, (_, row) => rowOf(result.fields, row));
}

/** A search's answer as a list of hits per vector. */
export function rowsOfSearch(result: SearchResult): SearchHit[][] {
  let next = 0;
  return Array.from(result.counts, (count) =>
    Array.from({ length: count }, () => {
      const row = next++;
      return {
        key: keyAt(result.keys, row),
        score: result.scores[row],
        fields: rowOf(result.fields, row),
        ...(result.elements && { element: result.elements[row] }),
      };
    }),
  );
}

function rowOf(fields: readonly OutputField[], row: number): Record<string, Value> {
  const object: Record<string, Value> = {};
  for (const { name, field, column } of fields) {
    if (field === undefined) {
      object[name] = column.layout === "fixed" ? column.values[row] : null;
    } else if (name === dynamicFieldName) {
      Object.assign(object, valueAt(field, column, row));
    } else if (field.struct !== undefined) {
      const values = valueAt(field, column, row);
      object[field.struct] = withSubField(object[field.struct], subFieldName(field), values);
    } else {
      object[name] = valueAt(field, column, row);
    }
  }
  return object;
}

/** The structs of a row with one more sub-field; null where the row has none. */
function withSubField(structs: Value | undefined, name: string, values: Value): Value {
  if (!Array.isArray(values)) return null;
  return values.map((value: Value, i): Value => {
    const struct = Array.isArray(structs) ? (structs[i] as Record<string, Value>) : {};
    return { ...struct, [name]: value };
  });
}
