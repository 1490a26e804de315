/**
 * LlamaIndex.TS's Milvus store, with embeddings that need no model. The store's vectors have 1536 numbers.
 *
 *   node llama-index.mjs '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
 */
import { BaseEmbedding } from "@llamaindex/core/embeddings";
import { TextNode } from "@llamaindex/core/schema";
import { MilvusVectorStore } from "@llamaindex/milvus";
import { clientSettings } from "../drivers/client-settings.mjs";
import { embedded, TEXTS } from "./keyword-vectors.mjs";
import { Report } from "./report.mjs";

const DIMENSION = 1536;

class KeywordEmbedding extends BaseEmbedding {
  async getTextEmbedding(text) {
    return embedded(text, DIMENSION);
  }
}

const configOrAddress = clientSettings(JSON.parse(process.argv[2]));
const report = new Report();
const store = new MilvusVectorStore({
  params: { configOrAddress },
  collection: "llama_js",
  embedModel: new KeywordEmbedding(),
});

const nodes = TEXTS.map((text, page) => {
  const metadata = { page, kind: page % 2 === 0 ? "even" : "odd" };
  return new TextNode({
    id_: `node-${page}`,
    text,
    metadata,
    embedding: embedded(text, DIMENSION),
  });
});
const asked = async (text, similarityTopK, filters) =>
  (
    await store.query({
      queryEmbedding: embedded(text, DIMENSION),
      similarityTopK,
      mode: "default",
      filters,
    })
  ).ids;

await report.step(
  "add gives the nodes' ids",
  async () => await store.add(nodes),
  nodes.map(({ id_ }) => id_),
);
await report.step("query", async () => await asked("cat dog", 1), ["node-1"]);
await report.step(
  "query with filters",
  async () =>
    await asked("sea", 6, {
      filters: [
        { key: "kind", operator: "==", value: "odd" },
        { key: "page", operator: ">", value: 1 },
      ],
      condition: "and",
    }),
  ["node-3", "node-5"],
);
await report.step(
  "query with in",
  async () =>
    (await asked("sea", 6, { filters: [{ key: "kind", operator: "in", value: ["even"] }] })).sort(),
  ["node-0", "node-2", "node-4"],
);
await report.step("the text comes back", async () => {
  const found = await store.query({
    queryEmbedding: embedded("stone", DIMENSION),
    similarityTopK: 1,
    mode: "default",
  });
  return found.nodes.map((node) => node.getContent());
}, [TEXTS[4]]);
await report.step(
  "delete",
  async () => {
    await store.delete("node-3");
    return (await asked("star", 6)).length;
  },
  5,
);
await store.client().closeConnection();
report.end();
