import type { Collection, SearchResult } from "@redkite/engine";
import { refused } from "../errors.ts";
import {
  encodeSearchResults,
  type WireIteratorState,
  type WireSearchResultData,
} from "../wire/search-results.ts";
import { wireFieldOfOutput, wireFieldsOfOutput } from "../wire/wire-field-of-output.ts";
import { roundScores } from "./search-parameters.ts";
import { type TimeOutput, withTimeParts } from "./time-output.ts";

/** The primary key field's name. Every schema has one. */
export function primaryKeyName(collection: Collection): string {
  return collection.schema.fields.find((field) => field.primaryKey)?.name ?? "";
}

/**
 * The names that an answer says it has. Clients unpack the dynamic field by them: all of its keys
 * when it is named itself, else the names that are no fields.
 */
export function outputNames(collection: Collection, asked: readonly string[]): string[] {
  if (!asked.includes("*")) return [...new Set(asked)];
  return collection.schema.fields.map((field) => field.name);
}

/** Refuses partitions that are not there, in the words that reads have for it. */
export function checkPartitions(collection: Collection, names: readonly string[]): void {
  for (const name of names) {
    if (!collection.hasPartition(name)) throw refused(`partition name ${name} not found`);
  }
}

/** How the answer of a search shows its hits. */
export interface SearchAnswer {
  readonly topK: number;
  readonly outputFields: readonly string[];
  readonly roundDecimal: number;
  readonly times: TimeOutput;
  readonly iterator?: WireIteratorState;
  readonly buckets?: WireSearchResultData["buckets"];
}

/** Encodes hits as a `SearchResults`. */
export function encodeSearchAnswer(
  collection: Collection,
  result: SearchResult,
  { topK, outputFields, roundDecimal, times, iterator, buckets }: SearchAnswer,
): Uint8Array {
  const { counts, keys, scores, elements, groupValues } = result;
  const fields = withTimeParts(result.fields, times);
  const options = { timeZone: times.timeZone };
  return encodeSearchResults({
    collectionName: collection.name,
    sessionTimestamp: result.at,
    results: {
      queryCount: counts.length,
      topK,
      topKs: counts,
      keys,
      scores: roundScores(scores, roundDecimal),
      fields: wireFieldsOfOutput(collection.schema, fields, options),
      outputFields: outputNames(collection, outputFields),
      primaryFieldName: primaryKeyName(collection),
      ...(elements && { elements }),
      ...(groupValues && {
        groupBy: groupValues.map((output) => wireFieldOfOutput(output, options)),
      }),
      ...(iterator && { iterator }),
      ...(buckets && { buckets }),
    },
  });
}
