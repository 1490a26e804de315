// A client of bench/wire.mjs, in a process of its own: the official Node SDK, signed in.
import { MilvusClient } from "../packages/milvus/dist/client/index.js";
import { queriesOf } from "./wire-searches.mjs";
import { serveTasks } from "./wire-tasks.mjs";

const { address, username, password, collection, k, dim } = JSON.parse(process.argv[2]);
const client = new MilvusClient({ address, username, password });
await client.connectPromise;
// As an application has them: arrays of numbers.
const queries = queriesOf(dim).map((query) => Array.from(query));

serveTasks({
  async search(number) {
    const data = queries[number % queries.length];
    const { status, results } = await client.search({
      collection_name: collection,
      limit: k,
      output_fields: ["id"],
      data,
    });
    if (status.code !== 0) throw new Error(status.reason);
    return results;
  },
  idsOf: (results) => results.map(({ id }) => id),
  close: () => client.closeConnection(),
});
