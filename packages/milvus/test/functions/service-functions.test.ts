import { parseJson } from "@redkite/engine";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FunctionHarness } from "./function-harness.ts";

let harness: FunctionHarness;

beforeEach(async () => {
  harness = await FunctionHarness.open();
  await harness.rest("/collections/create", {
    collectionName: "films",
    dimension: 2,
    metricType: "L2",
  });
});
afterEach(async () => {
  await harness.close();
});

const kes = { id: 1, vector: [0, 1], title: "Kes" };
const alien = { id: 2, vector: [9, 9], title: "Alien" };

describe("/sf/insert", () => {
  it("answers each row's key under its number, in the order of the rows", async () => {
    const answer = await harness.call(
      "insert",
      [
        ["films", kes],
        ["films", alien],
      ],
      { first: 40 },
    );
    expect(answer).toEqual({
      status: 200,
      body: {
        data: [
          [40, { id: 1 }],
          [41, { id: 2 }],
        ],
      },
    });
  });

  it("keeps integers of 64 bits exact, both ways", async () => {
    const id = 9_007_199_254_740_993n;
    const row = { ...kes, id, seen: 9_223_372_036_854_775_807n };
    expect((await harness.call("insert", [["films", row]])).body).toEqual({ data: [[0, { id }]] });
    const { body } = await harness.call("search", [["films", [0, 1], 1]]);
    expect(body).toEqual({ data: [[0, [{ id, distance: 0, title: "Kes", seen: row.seen }]]] });
  });

  it("takes rows as JSON in a text, and of several collections in one batch", async () => {
    await harness.rest("/databases/create", { dbName: "other" });
    await harness.rest(
      "/collections/create",
      { dbName: "other", collectionName: "films", dimension: 2 },
      "other",
    );
    const rows = [
      ["films", kes],
      ["other.films", JSON.stringify(kes)],
      ["films", alien],
    ];
    expect((await harness.call("insert", rows)).body).toEqual({
      data: [
        [0, { id: 1 }],
        [1, { id: 1 }],
        [2, { id: 2 }],
      ],
    });
    expect((await harness.call("search", [["other.films", [0, 1], 9]])).body["data"]).toMatchObject(
      [[0, [{ title: "Kes" }]]],
    );
  });

  it("answers NULL for a row with a NULL, and does not insert it", async () => {
    const { body } = await harness.call("insert", [
      ["films", null],
      ["films", kes],
      [null, kes],
    ]);
    expect(body).toEqual({
      data: [
        [0, null],
        [1, { id: 1 }],
        [2, null],
      ],
    });
  });

  it("inserts a batch once that Snowflake sends twice, even at the same time", async () => {
    const headers = { "sf-external-function-query-batch-id": "query:1:2" };
    const send = () => harness.call("insert", [["films", kes]], { headers });
    const answers = [...(await Promise.all([send(), send()])), await send()];
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(
      await harness.rest("/entities/query", {
        collectionName: "films",
        outputFields: ["count(*)"],
      }),
    ).toEqual([{ "count(*)": 1n }]);
  });

  it("carries a repeated batch out again when it failed, and when it is ten minutes old", async () => {
    const headers = { "sf-external-function-query-batch-id": "query:1:3" };
    expect((await harness.call("insert", [["none", kes]], { headers })).status).toBe(400);
    expect((await harness.call("insert", [["films", kes]], { headers })).status).toBe(200);
    harness.nowMs += 10 * 60 * 1_000 + 1;
    await harness.call("insert", [["films", alien]], { headers });
    expect(
      await harness.rest("/entities/query", {
        collectionName: "films",
        outputFields: ["count(*)"],
      }),
    ).toEqual([{ "count(*)": 2n }]);
  });
});

describe("/sf/search", () => {
  beforeEach(async () => {
    await harness.call("insert", [
      ["films", kes],
      ["films", alien],
    ]);
  });

  it("answers the nearest rows with all fields but vectors", async () => {
    const { body } = await harness.call("search", [["films", [0, 1], 2]]);
    expect(body).toEqual({
      data: [
        [
          0,
          [
            { id: 1, distance: 0, title: "Kes" },
            { id: 2, distance: 145, title: "Alien" },
          ],
        ],
      ],
    });
  });

  it("answers each row of a batch its own hits, whatever it asks for", async () => {
    const rows = [
      ["films", [9, 9], 1],
      ["films", [0, 1], 2],
      ["films", "[9, 9]", 1],
      ["films", null, 1],
      ["films", [0, 1], 1],
    ];
    const { body } = await harness.call("search", rows);
    const data = body["data"] as [number, { id: number }[] | null][];
    expect(data.map(([number, hits]) => [number, hits?.map(({ id }) => id) ?? null])).toEqual([
      [0, [2]],
      [1, [1, 2]],
      [2, [2]],
      [3, null],
      [4, [1]],
    ]);
  });

  it("refuses what is no vector, no number and no collection, with HTTP 400 and the reason", async () => {
    const refusals: [unknown[], RegExp][] = [
      [["films", "north", 1], /row 0: the second argument is not a vector/],
      [["films", [0, 1], "many"], /row 0: argument 3 is not a whole number/],
      [["films", [0, 1], 1.5], /argument 3 is not a whole number/],
      [[7, [0, 1], 1], /argument 1 is not a text/],
      [["films", [0, 1, 2], 1], /dimension: 2, but length of \[\]float: 3/],
      [["films", [0, 1], 16_385], /should be in range \[1, 16384\]/],
      [["nowhere", [0, 1], 1], /can't find collection/],
    ];
    for (const [row, reason] of refusals) {
      const { status, body } = await harness.call("search", [row]);
      expect(status, String(reason)).toBe(400);
      expect(body["error"]).toMatch(reason);
    }
  });
});

describe("/sf/embed and /sf/search-text", () => {
  it("use the server's text model", async () => {
    expect((await harness.call("embed", [["ab cd"], [null], ["x"]])).body).toEqual({
      data: [
        [0, [5, 2]],
        [1, null],
        [2, [1, 1]],
      ],
    });
    await harness.call("insert", [
      ["films", kes],
      ["films", alien],
    ]);
    const { body } = await harness.call("search-text", [["films", "a b c d e", 1]]);
    expect(body["data"]).toMatchObject([[0, [{ title: "Alien" }]]]);
  });

  it("say so when the server has none", async () => {
    const without = await FunctionHarness.open({ embed: undefined } as object);
    expect(await without.call("embed", [["a"]])).toEqual({
      status: 400,
      body: { error: "this server has no model for texts" },
    });
    await without.close();
  });

  it("answer 500, and report it, when the model fails: Snowflake sends the batch again", async () => {
    const failures: string[] = [];
    const failing = await FunctionHarness.open({
      embed: async () => {
        throw new Error("out of memory");
      },
      onFailure: (path, error) => failures.push(`${path} ${String(error)}`),
    });
    const answer = await failing.call("embed", [["a"]]);
    expect(answer).toEqual({ status: 500, body: { error: "out of memory" } });
    expect(failures).toEqual(["/sf/embed Error: out of memory"]);
    await failing.close();
  });
});

describe("createFunctionListener()", () => {
  it("answers an empty batch with an empty batch", async () => {
    expect((await harness.call("search", [])).body).toEqual({ data: [] });
  });

  it("refuses bodies of another form", async () => {
    const bodies = [
      "",
      "[]",
      "{}",
      '{"data": 1}',
      '{"data": [1]}',
      '{"data": [[]]}',
      "nonsense",
      '{"data": [[0]]}',
      '{"data": [[0,"a",[1],1,1]]}',
      "[".repeat(1_000),
    ];
    for (const body of bodies) {
      const answer = await harness.fetch("/sf/search", { method: "POST", body });
      expect(answer.status, body).toBe(400);
      expect(answer.body["error"], body).toEqual(expect.any(String));
    }
  });

  it("refuses other methods, other paths and pages of browsers", async () => {
    const post = { method: "POST", body: '{"data": []}' };
    expect((await harness.fetch("/sf/search", { method: "GET" })).status).toBe(405);
    expect((await harness.fetch("/sf/drop", post)).status).toBe(404);
    expect((await harness.fetch("/v2/vectordb/collections/list", post)).status).toBe(404);
    const fromPage = { ...post, headers: { Origin: "http://localhost" } };
    expect((await harness.fetch("/sf/search", fromPage)).status).toBe(403);
  });

  it("answers numbers that Snowflake's parser reads as they are", async () => {
    const { body } = await harness.fetch("/sf/embed", {
      method: "POST",
      body: '{"data":[[12345678901234567890,"a"]]}',
    });
    expect(body).toEqual(parseJson('{"data":[[12345678901234567890,[1,1]]]}'));
  });
});
