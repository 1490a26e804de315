// The client of bench/wire.mjs, in a process of its own: the official Node SDK, signed in. It is told
// how many searches to make, with how many in flight, and answers how long they took, and how much of
// a processor.
import { createHash } from "node:crypto";
import { MilvusClient } from "../packages/milvus/dist/client/index.js";
import { inFlight, queriesOf } from "./wire-searches.mjs";

const { address, username, password, search, dim } = JSON.parse(process.argv[2]);
const client = new MilvusClient({ address, username, password });
await client.connectPromise;
// As an application has them: arrays of numbers.
const queries = queriesOf(dim).map((query) => Array.from(query));

process.on("message", async ({ first, count, width }) => {
  if (count === 0) {
    await client.closeConnection();
    process.disconnect();
    return;
  }
  const hash = createHash("sha256");
  const cpu = process.cpuUsage();
  const start = performance.now();
  const answers = await inFlight({ first, count, width }, async (number) => {
    const { status, results } = await client.search({
      ...search,
      data: queries[number % queries.length],
    });
    if (status.code !== 0) throw new Error(status.reason);
    return results.map(({ id }) => id).join();
  });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  for (const answer of answers) hash.update(`${answer};`);
  process.send({
    ms,
    clientCpuMs: (user + system) / 1000,
    answers: hash.digest("hex").slice(0, 12),
  });
});
process.send("ready");
