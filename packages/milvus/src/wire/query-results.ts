import { fieldDataSize } from "./data-size.ts";
import { writeElementNumbers } from "./element-numbers.ts";
import { writeFieldData } from "./field-data.ts";
import { writeSuccess } from "./success-status.ts";
import type { WireField } from "./wire-field.ts";
import { WireWriter } from "./wire-writer.ts";

/** What the `milvus.QueryResults` of a query that succeeded says. */
export interface WireQueryResults {
  readonly fields: readonly WireField[];
  readonly collectionName: string;
  readonly outputFields: readonly string[];
  /** The moment that the answer shows. Above 0: iterators keep to it. */
  readonly sessionTimestamp: bigint;
  readonly primaryFieldName: string;
  /** Of each row the numbers of the elements that an `element_filter` has found. */
  readonly elements?: readonly (readonly number[])[];
}

/** Encodes a `milvus.QueryResults`. */
export function encodeQueryResults(answer: WireQueryResults): Uint8Array {
  const size = answer.fields.reduce((sum, field) => sum + fieldDataSize(field), 0);
  const writer = new WireWriter(size + 256);
  writeSuccess(writer);
  for (const field of answer.fields) writeFieldData(writer, 2, field);
  writer.string(3, answer.collectionName);
  for (const name of answer.outputFields) writer.stringElement(4, name);
  writer.int64(5, answer.sessionTimestamp).string(6, answer.primaryFieldName);
  for (const elements of answer.elements ?? []) {
    const mark = writer.begin(7);
    writeElementNumbers(writer, 1, Uint32Array.from(elements));
    writer.end(mark);
  }
  return writer.finish();
}
