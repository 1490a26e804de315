import type { RestRoute } from "../../src/rest/rest-route.ts";
import { restRoutes, routePrefix } from "../../src/rest/routes.ts";
import { RestHarness } from "../rest/rest-harness.ts";
import type { Outcome, Row } from "./outcome.ts";

/** What is asked of addresses that can do less than the RPC behind them. */
const requests: Readonly<Record<string, object>> = {
  "/collections/add_function_field": {
    collectionName: "films",
    function: { name: "f", type: "BM25", inputFieldNames: ["title"], outputFieldNames: ["words"] },
    outputField: { fieldName: "words", dataType: "SparseFloatVector" },
  },
  "/collections/drop_function_field": { collectionName: "films", functionName: "f" },
};

/** Every address of the REST API, with what comes of it, or of the RPC that it hands all on to. */
export async function restRows(rpcs: readonly Row[]): Promise<Row[]> {
  const harness = await RestHarness.open();
  try {
    await harness.ok("/collections/create", { collectionName: "films", dimension: 2 });
    const rows: Row[] = [];
    for (const route of restRoutes) rows.push(await restRow(harness, route, rpcs));
    return rows;
  } finally {
    await harness.close();
  }
}

async function restRow(
  harness: RestHarness,
  { path, method, summary }: RestRoute,
  rpcs: readonly Row[],
): Promise<Row> {
  const name = `\`${routePrefix}${path}\``;
  const rpc = `\`${method[0].toUpperCase()}${method.slice(1)}\``;
  const request = summary === "Not supported yet" ? {} : requests[path];
  if (request !== undefined) {
    return { name, details: [rpc], outcome: await outcomeOf(harness, path, request) };
  }
  const found = rpcs.find((row) => row.name === rpc);
  if (found === undefined) throw new Error(`${path} hands on to ${rpc}, which is in no table`);
  return { ...found, name, details: [rpc] };
}

async function outcomeOf(harness: RestHarness, path: string, request: object): Promise<Outcome> {
  const { code, message = "" } = await harness.post(path, request);
  return code === 0 ? { kind: "works" } : { kind: "refused", code, text: message };
}
