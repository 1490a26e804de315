// Texts with their vectors in a collection of Milvus, as any program would keep them: with calls of
// `MilvusClient` and `embedText`, and nothing else of Redkite.

import { embedText } from "@redkite/brain/text";
import { ErrorCode, type MilvusClient, type ResStatus, type RowData } from "@redkite/milvus/client";

/** A text to keep. All but `id` goes into the collection's dynamic field. */
export interface TextRow {
  readonly id: string | number;
  readonly text: string;
  readonly [field: string]: string | number;
}

export interface TextHit {
  /** The cosine of the angle between the two vectors: 1 is the same meaning. */
  readonly score: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** Where the texts are. */
export interface TextCollection {
  readonly client: MilvusClient;
  readonly name: string;
}

/** The rows that are not in the collection yet. */
export async function missingRows<Row extends TextRow>(
  { client, name }: TextCollection,
  rows: readonly Row[],
): Promise<Row[]> {
  if (rows.length === 0) return [];
  // A collection has keys of one type, so these are all strings or all numbers.
  const ids = rows.map((row) => row.id) as string[] | number[];
  const answer = await client.get({ collection_name: name, ids, output_fields: ["id"] });
  expectSuccess(answer.status);
  const stored = new Set(answer.data.map((row) => String(row["id"])));
  return rows.filter((row) => !stored.has(String(row.id)));
}

/** Stores the rows. `vectorizedText` says more about a text to the model than itself. */
export async function insertRows<Row extends TextRow>(
  { client, name }: TextCollection,
  rows: readonly Row[],
  options: { vectorizedText?: (row: Row) => string; signal?: AbortSignal } = {},
): Promise<void> {
  if (rows.length === 0) return;
  const { vectorizedText = (row: Row) => row.text, signal } = options;
  const vectors = await embedText(rows.map(vectorizedText), signal === undefined ? {} : { signal });
  const data: RowData[] = rows.map((row, i) => ({ ...row, vector: [...vectors[i]] }));
  const answer = await client.insert({ collection_name: name, data });
  expectSuccess(answer.status);
}

/** The texts that are nearest to a question, best first. */
export async function searchTexts(
  { client, name }: TextCollection,
  question: string,
  { limit, fields }: { limit: number; fields: readonly string[] },
): Promise<TextHit[]> {
  const vector = await embedText(question);
  const answer = await client.search({
    collection_name: name,
    data: [...vector],
    limit,
    output_fields: [...fields],
  });
  expectSuccess(answer.status);
  return answer.results.map((hit) => ({
    score: hit.score,
    fields: Object.fromEntries(fields.map((field) => [field, String(hit[field])])),
  }));
}

/** Throws what the SDK returns. */
export function expectSuccess({ error_code, reason }: ResStatus): void {
  if (error_code !== ErrorCode.SUCCESS) throw new Error(reason);
}
