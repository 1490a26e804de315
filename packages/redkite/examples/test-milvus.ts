/**
 * The notebook TestMilvus.ipynb as a program: three sentences become vectors, the vectors go into a collection, and a
 * question finds the sentence that answers it. It speaks REST, so it works against `redkite serve`, against Milvus, and
 * through `redkite snowpark proxy` against a database in Snowflake:
 *
 *   MILVUS_URI=http://127.0.0.1:19530 MILVUS_TOKEN=root:password npx tsx test-milvus.ts
 */
import { embedText } from "redkite";

// biome-ignore lint/style/noProcessEnv: the entry of the program is where the environment comes in
const { MILVUS_URI = "http://127.0.0.1:19530", MILVUS_TOKEN = "" } = process.env;
const collectionName = "quick_demo";

/** Asks an address of Milvus's REST API. */
async function milvus<T>(path: string, body: object): Promise<T> {
  const response = await fetch(`${MILVUS_URI}/v2/vectordb${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${MILVUS_TOKEN}` },
    body: JSON.stringify({ collectionName, ...body }),
  });
  const answer = (await response.json()) as { code: number; message?: string; data: T };
  if (answer.code !== 0) throw new Error(`${path}: ${answer.message}`);
  return answer.data;
}

/** Text as a vector of 512 numbers. The model is in the package: nothing is downloaded. */
async function embed(text: string): Promise<number[]> {
  return Array.from(await embedText(text));
}

await milvus("/collections/drop", {});
await milvus("/collections/create", { dimension: 512 });

const sentences = [
  "Artificial intelligence was founded as an academic discipline in 1956.",
  "Alan Turing was the first person to conduct substantial research in AI.",
  "Born in Maida Vale, London, Turing was raised in southern England.",
];
const vectors = await embedText(sentences);
const rows = sentences.map((doc_str, id) => ({ id, vector: Array.from(vectors[id]), doc_str }));
await milvus("/entities/insert", { data: rows });

const [hit] = await milvus<{ doc_str: string }[]>("/entities/search", {
  data: [await embed("Who started AI research?")],
  limit: 1,
  outputFields: ["doc_str"],
  consistencyLevel: "Strong",
});
process.stdout.write(`${hit.doc_str}\n`);
