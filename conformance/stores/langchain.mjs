/**
 * LangChain.js's Milvus store, with embeddings that need no model.
 *
 *   node langchain.mjs '{"address": "host:port", "token": "user:password", "caFile": "ca.pem"}'
 */
import { Milvus } from "@langchain/community/vectorstores/milvus";
import { Embeddings } from "@langchain/core/embeddings";
import { clientSettings } from "../drivers/client-settings.mjs";
import { embedded, TEXTS } from "./keyword-vectors.mjs";
import { Report } from "./report.mjs";

class KeywordEmbeddings extends Embeddings {
  async embedDocuments(texts) {
    return texts.map((text) => embedded(text));
  }

  async embedQuery(text) {
    return embedded(text);
  }
}

const clientConfig = clientSettings(JSON.parse(process.argv[2]));
const metadata = TEXTS.map((_, page) => ({ page, kind: page % 2 === 0 ? "even" : "odd" }));
const settings = { collectionName: "langchain_js", clientConfig, partitionKey: "kind" };
const report = new Report();
const embeddings = new KeywordEmbeddings({});
const texts = (documents) => documents.map(({ pageContent }) => pageContent);

const store = await Milvus.fromTexts(TEXTS, metadata, embeddings, settings);
await report.step(
  "similaritySearch",
  async () => texts(await store.similaritySearch("cat dog", 1)),
  [TEXTS[1]],
);
await report.step(
  "similaritySearch with a filter",
  async () => texts(await store.similaritySearch("sea", 2, 'kind == "odd" && page > 1')),
  [TEXTS[3], TEXTS[5]],
);
await report.step(
  "similaritySearchWithScore",
  async () =>
    (await store.similaritySearchWithScore("stone wind", 1)).map(([document, score]) => [
      document.pageContent,
      score,
    ]),
  [[TEXTS[4], 0]],
);
await report.step(
  "metadata comes back",
  async () => (await store.similaritySearch("star sea", 1))[0].metadata.page,
  3,
);
await report.step(
  "delete by filter",
  async () => {
    await store.delete({ filter: "page >= 3" });
    return (await store.similaritySearch("sea", 10)).length;
  },
  3,
);
await report.step("fromExistingCollection", async () => {
  const again = await Milvus.fromExistingCollection(embeddings, settings);
  return texts(await again.asRetriever(1).invoke("dog sea"));
}, [TEXTS[2]]);
await store.client.closeConnection();
report.end();
