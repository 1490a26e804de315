import type { Column } from "@redkite/engine";
import { fieldDataSize } from "./data-size.ts";
import { writeElementNumbers } from "./element-numbers.ts";
import { writeFieldData } from "./field-data.ts";
import { type AggBucket, AggBucketSchema } from "./gen/schema_pb.ts";
import { writeIds } from "./ids.ts";
import { encodeMessage } from "./messages.ts";
import { writeFloats, writeInts } from "./packed-numbers.ts";
import { writeSuccess } from "./success-status.ts";
import type { WireField } from "./wire-field.ts";
import { WireWriter } from "./wire-writer.ts";

/** What the `milvus.SearchResults` of a search that succeeded says. */
export interface WireSearchResults {
  readonly collectionName: string;
  /** The moment that the answer shows. Above 0: iterators keep to it. */
  readonly sessionTimestamp: bigint;
  readonly results: WireSearchResultData;
}

/** A `schema.SearchResultData`: the hits of all queries, one query's after the other's. */
export interface WireSearchResultData {
  readonly queryCount: number;
  /** Most hits that a query has. */
  readonly topK: number;
  /** How many hits each query has. */
  readonly topKs: Uint32Array;
  readonly keys: Column;
  readonly scores: Float32Array;
  readonly fields: readonly WireField[];
  readonly outputFields: readonly string[];
  readonly primaryFieldName: string;
  /** Of a search among elements of arrays of structs: the number of each hit's. */
  readonly elements?: Uint32Array;
  /** The values by which the hits are grouped, field by field. */
  readonly groupBy?: readonly WireField[];
  /** The buckets of all queries, and how many each query has. */
  readonly buckets?: { readonly messages: readonly AggBucket[]; readonly counts: Uint32Array };
  readonly iterator?: WireIteratorState;
}

/** A `schema.SearchIteratorV2Results`: where a search iterator goes on. */
export interface WireIteratorState {
  readonly token: string;
  readonly lastBound: number;
}

/** Encodes a `milvus.SearchResults`. */
export function encodeSearchResults(answer: WireSearchResults): Uint8Array {
  const { results } = answer;
  const size = resultDataSize(results);
  const writer = new WireWriter(size + 256);
  writeSuccess(writer);
  const mark = writer.begin(2, size);
  writeResultData(writer, results);
  writer.end(mark);
  writer.string(3, answer.collectionName).int64(4, answer.sessionTimestamp);
  return writer.finish();
}

function writeResultData(writer: WireWriter, results: WireSearchResultData): void {
  writer.int64(1, BigInt(results.queryCount)).int64(2, BigInt(results.topK));
  for (const field of results.fields) writeFieldData(writer, 3, field);
  writeFloats(writer, 4, results.scores);
  writeIds(writer, 5, results.keys);
  writeInts(writer, 6, results.topKs);
  for (const name of results.outputFields) writer.stringElement(7, name);
  const [firstGroup] = results.groupBy ?? [];
  if (firstGroup !== undefined) writeFieldData(writer, 8, firstGroup);
  if (results.iterator !== undefined) writeIterator(writer, results.iterator);
  writer.string(13, results.primaryFieldName);
  if (results.elements !== undefined) writeElementNumbers(writer, 15, results.elements);
  // Newer clients read the list of group-by fields, older ones the single field.
  for (const field of results.groupBy ?? []) writeFieldData(writer, 17, field);
  if (results.buckets !== undefined) {
    const { messages, counts } = results.buckets;
    for (const bucket of messages) {
      writer.bytesElement(18, encodeMessage(AggBucketSchema, bucket));
    }
    writeInts(writer, 19, counts);
  }
}

function writeIterator(writer: WireWriter, { token, lastBound }: WireIteratorState): void {
  const mark = writer.begin(11);
  writer.string(1, token).float(2, lastBound);
  writer.end(mark);
}

/** About how many bytes the results take on the wire. */
function resultDataSize({ fields, scores, topKs }: WireSearchResultData): number {
  const fieldsSize = fields.reduce((sum, field) => sum + fieldDataSize(field), 0);
  // A score has 4 bytes, a key about 8.
  return fieldsSize + scores.length * 12 + topKs.length + 64;
}
