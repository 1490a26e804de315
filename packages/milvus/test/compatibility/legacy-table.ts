import { legacyRoutes } from "../../src/rest/legacy-routes.ts";
import { RestHarness } from "../rest/rest-harness.ts";
import type { Outcome, Row } from "./outcome.ts";

const collectionName = "films";
const rows = { collectionName, data: [{ id: 1, vector: [1, 0] }] };

/** What each address is asked, in this order: the collection is there first, and goes last. */
const requests: Readonly<Record<string, object>> = {
  "POST /collections/create": { collectionName, dimension: 2 },
  "GET /collections": {},
  "GET /collections/describe": { collectionName },
  "POST /insert": { collectionName, data: [{ vector: [1, 0] }] },
  "POST /upsert": rows,
  "POST /search": { collectionName, vector: [1, 0] },
  "POST /query": { collectionName, filter: "id > 0" },
  "POST /get": { collectionName, id: 1 },
  "POST /delete": { collectionName, id: [1] },
  "POST /collections/drop": { collectionName },
};

/** Every address of Milvus's first REST API, tried; in the order of the routes. */
export async function legacyRows(): Promise<Row[]> {
  const harness = await RestHarness.open();
  try {
    const outcomes = new Map<string, Outcome>();
    for (const [name, request] of Object.entries(requests)) {
      const [method, path] = name.split(" ");
      outcomes.set(
        `${method} /v1/vector${path}`,
        await outcomeOf(harness, request, [method, path]),
      );
    }
    return legacyRoutes.map(({ address }) => {
      const outcome = outcomes.get(address);
      if (outcome === undefined) throw new Error(`Nothing is asked of ${address}`);
      return { name: `\`${address}\``, outcome };
    });
  } finally {
    await harness.close();
  }
}

async function outcomeOf(
  harness: RestHarness,
  request: object,
  [method, path]: readonly [string, string],
): Promise<Outcome> {
  const isGet = method === "GET";
  const query = new URLSearchParams(isGet ? { ...request } : {});
  const address = `/v1/vector${path}?${query}`;
  const body = isGet ? undefined : JSON.stringify(request);
  const answer = await harness.fetch(address, body, { method });
  const { code, message = "" } = (await answer.json()) as { code: number; message?: string };
  return code === 200 ? { kind: "works" } : { kind: "refused", code, text: message };
}
