// What the in-process client adds to a search: the same search by the engine's own API and by
// MilvusClient, by turns in one run; medians are printed. The budget of the difference is 0.1 ms.
//
// Corpus: pseudo-random vectors (seed 1), uniform in [-1, 1), the same in both databases, in memory;
// queries from the same stream, one at a time. Left out: filters, output fields other than the key.
//
// Run: npm run build && node bench/client.mjs [rows] [dim] [rounds]      (small: 100 16 20)
import { createHash } from "node:crypto";
import { openDatabase } from "../packages/engine/dist/index.js";
import { MilvusClient } from "../packages/milvus/dist/client/index.js";

const [rowCount = 1_000, dim = 768, rounds = 5_000] = process.argv.slice(2).map(Number);
const k = 10;
const name = "vectors";

let state = 1;
/** Marsaglia's xorshift32, as a number from -1 to 1. */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state | 0) / 2 ** 31;
}

const randomVector = () => Float32Array.from({ length: dim }, random);

function median(values) {
  return values.sort((a, b) => a - b)[values.length >>> 1];
}

const rows = Array.from({ length: rowCount }, (_, id) => ({ id, vector: randomVector() }));

const database = await openDatabase(":memory:");
const collection = await database.createCollection({
  name,
  fields: [
    { name: "id", type: "Int64", primaryKey: true },
    { name: "vector", type: "FloatVector", dim },
  ],
  indexes: [{ field: "vector", type: "FLAT", metric: "L2" }],
});
await collection.insert(rows.map(({ id, vector }) => ({ id: BigInt(id), vector })));

const client = new MilvusClient(":memory:");
await client.createCollection({
  collection_name: name,
  fields: [
    { name: "id", data_type: "Int64", is_primary_key: true },
    { name: "vector", data_type: "FloatVector", dim },
  ],
  index_params: [{ field_name: "vector", index_type: "FLAT", metric_type: "L2" }],
});
await client.insert({ collection_name: name, data: rows });

async function searchEngine(vector) {
  const { keys } = await collection.search({ vectors: vector, k });
  return Array.from(keys.values, String);
}

async function searchClient(vector) {
  const { results } = await client.search({
    collection_name: name,
    data: vector,
    limit: k,
    output_fields: ["id"],
  });
  return results.map(({ id }) => id);
}

const timings = { engine: [], client: [] };
const hash = createHash("sha256");
for (let round = -Math.ceil(rounds / 5); round < rounds; round++) {
  const vector = randomVector();
  const array = Array.from(vector);
  const start = performance.now();
  const expected = await searchEngine(vector);
  const middle = performance.now();
  const found = await searchClient(array);
  const end = performance.now();
  if (found.join() !== expected.join()) throw new Error(`Found ${found}, expected ${expected}`);
  // The first rounds warm the compiler up.
  if (round < 0) continue;
  hash.update(found.join());
  timings.engine.push(middle - start);
  timings.client.push(end - middle);
}
await client.closeConnection();
await database.close();

const engineMs = median(timings.engine);
const clientMs = median(timings.client);
const answers = hash.digest("hex").slice(0, 12);
console.log(`${rowCount} x ${dim}, k = ${k}, ${rounds} searches, answers ${answers}`);
console.log(`engine            ${engineMs.toFixed(3)} ms`);
console.log(`MilvusClient      ${clientMs.toFixed(3)} ms`);
console.log(`difference        ${(clientMs - engineMs).toFixed(3)} ms`);
