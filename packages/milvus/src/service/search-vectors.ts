import {
  type Collection,
  EngineError,
  type Field,
  holdsVectors,
  type SearchTarget,
  type SearchVectors,
} from "@redkite/engine";
import { invalidParameter, refused, unsupported } from "../errors.ts";
import { PlaceholderType } from "../wire/gen/common_pb.ts";
import type { SearchRequest } from "../wire/gen/milvus_pb.ts";
import { decodePlaceholderGroup } from "../wire/placeholder-group.ts";
import { searchVectorsOf } from "../wire/search-vectors.ts";
import { decodeRequest } from "./method.ts";
import { searchPrefixes } from "./read-errors.ts";

/** What a request searches for: vectors, or the keys of rows that have them. Throws `MilvusError`. */
export function searchTargetOf(
  { searchInput }: SearchRequest,
  collection: Collection,
  fieldName: string | undefined,
): SearchTarget {
  const field = searchedField(collection, fieldName);
  switch (searchInput.case) {
    case "placeholderGroup":
      return { vectors: vectorsOf(field, searchInput.value) };
    case "ids":
      return { ids: searchInput.value.idField.value?.data ?? [] };
    default:
      throw refused("Either ids or data must be provided");
  }
}

function vectorsOf(field: Field, bytes: Uint8Array): SearchVectors {
  const placeholders = decodeRequest(() => decodePlaceholderGroup(bytes));
  if (placeholders.queryCount === 0) {
    throw refused(
      "nq [0] is invalid, nq (number of search vector per search request) should be in range [1, 16384], but got 0",
    );
  }
  if (placeholders.typeId === PlaceholderType.VarChar) throw unsupported("full text search");
  return decodeRequest(() => searchVectorsOf(field, placeholders));
}

/** The vector field that a search names, or the only one. Throws with the texts of a search's plan. */
function searchedField({ schema }: Collection, name: string | undefined): Field {
  if (name === undefined) {
    const vectorFields = schema.fields.filter(holdsVectors);
    if (vectorFields.length === 1) return vectorFields[0];
    throw new EngineError(
      "invalid-parameter",
      "multiple anns_fields exist, please specify a anns_field in search_params",
    );
  }
  const field = schema.fields.find((candidate) => candidate.name === name);
  const { plan } = searchPrefixes;
  if (field === undefined) {
    throw invalidParameter(
      `${plan}: failed to get field schema by name: fieldName(${name}) not found`,
    );
  }
  if (holdsVectors(field)) return field;
  throw invalidParameter(`${plan}: field (${name}) to search is not of vector data type`);
}
