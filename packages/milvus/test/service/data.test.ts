import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FieldPartialUpdateOp_OpType } from "../../src/wire/gen/schema_pb.ts";
import {
  dynamics,
  floatVectors,
  Harness,
  ints,
  longs,
  makeFilms,
  texts,
} from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

function row(changes: Record<string, ReturnType<typeof longs> | undefined> = {}) {
  const fields = {
    id: longs("id", [5n]),
    title: texts("title", ["Jaws"]),
    year: ints("year", [1975]),
    vector: floatVectors("vector", [[0.5, 0.5]]),
    ...changes,
  };
  const fieldsData = Object.values(fields).filter((field) => field !== undefined);
  return { collectionName: "films", numRows: 1, fieldsData };
}

async function countOf(expr = ""): Promise<bigint | undefined> {
  const request = { collectionName: "films", expr, outputFields: ["count(*)"] };
  const { fieldsData, outputFields } = await harness.ok("query", request);
  expect(outputFields).toEqual(["count(*)"]);
  const data = fieldsData[0].field;
  return data.case === "scalars" && data.value.data.case === "longData"
    ? data.value.data.value.data[0]
    : undefined;
}

describe("Insert", () => {
  it("answers the keys, the count and a timestamp", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("insert", row());
    expect(answer.IDs?.idField).toMatchObject({ case: "intId", value: { data: [5n] } });
    expect(answer).toMatchObject({ insertCnt: 1n, succIndex: [0], acknowledged: true });
    expect(answer.timestamp).toBeGreaterThan(0n);
    expect(await countOf()).toBe(5n);
  });

  it("refuses a schema that the client read before it changed", async () => {
    await makeFilms(harness);
    const before = await harness.ok("describeCollection", { collectionName: "films" });
    await harness.ok("insert", { ...row(), schemaTimestamp: before.updateTimestamp });
    const stale = { ...row(), schemaTimestamp: before.updateTimestamp - 1n };
    const answer = await harness.call("insert", stale);
    expect(answer.status).toMatchObject({ code: 109, errorCode: 62 });
  });

  const nan = Number.NaN;
  const infinity = Number.POSITIVE_INFINITY;
  it.each([
    ["a wrong dimension", row({ vector: floatVectors("vector", [[1, 2, 3]]) }), 1100, "dim"],
    ["an unknown field", row({ more: longs("more", [1n]) }), 1100, "more fieldData has pass in"],
    ["a field twice", row({ more: longs("id", [1n]) }), 1100, "more fieldData has pass in"],
    [
      "a missing field",
      row({ title: undefined }),
      1100,
      "fieldSchema(title) has no corresponding fieldData pass in: invalid parameter",
    ],
    ["a wrong type", row({ year: longs("year", [1n]) }), 1100, "year"],
    ["text for numbers", row({ id: texts("id", ["1"]) }), 1100, "id"],
    ["an integer out of range", row({ year: ints("year", [40_000]) }), 1100, "out of range"],
    [
      "NaN in a vector",
      row({ vector: floatVectors("vector", [[nan, 1]]) }),
      1100,
      "value 'NaN' is not a number or infinity",
    ],
    [
      "infinity in a vector",
      row({ vector: floatVectors("vector", [[infinity, 1]]) }),
      1100,
      "value '+Inf' is not a number or infinity",
    ],
    [
      "a text too long",
      row({ title: texts("title", ["x".repeat(65)]) }),
      1100,
      "length of varchar field title exceeds max length",
    ],
    ["fewer rows than it says", { ...row(), numRows: 2 }, 1100, "num_rows"],
    [
      "dynamic fields where there are none",
      row({ meta: dynamics([{ a: 1 }]) }),
      1100,
      "more fieldData has pass in",
    ],
    [
      "an unknown partition",
      { ...row(), partitionName: "p" },
      200,
      "partition not found[partition=p]",
    ],
    [
      "an unknown collection",
      { ...row(), collectionName: "x" },
      100,
      "collection not found[database=default][collection=x]",
    ],
  ])("refuses %s", async (_what, request, code, text) => {
    await makeFilms(harness);
    const status = await harness.fails("insert", request);
    expect(status.reason).toContain(text);
    expect(status.code).toBe(code);
    expect(await countOf()).toBe(4n);
  });
});

describe("Upsert", () => {
  it("replaces rows by key", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("upsert", row({ id: longs("id", [1n]) }));
    expect(answer).toMatchObject({ upsertCnt: 1n, insertCnt: 1n, deleteCnt: 1n });
    expect(await countOf()).toBe(4n);
    expect(await countOf('title == "Jaws"')).toBe(1n);
  });

  it("refuses a key twice", async () => {
    await makeFilms(harness);
    const twice = await harness.fails("upsert", {
      collectionName: "films",
      numRows: 2,
      fieldsData: [
        longs("id", [9n, 9n]),
        texts("title", ["a", "b"]),
        ints("year", [1, 2]),
        floatVectors("vector", [
          [1, 2],
          [3, 4],
        ]),
      ],
    });
    expect(twice).toEqual({
      code: 1100,
      reason: "duplicate primary keys are not allowed in the same batch: invalid parameter",
    });
  });

  it("keeps the values of fields that a partial update does not carry", async () => {
    await makeFilms(harness);
    const fieldsData = [longs("id", [1n]), ints("year", [2001])];
    const request = { collectionName: "films", numRows: 1, fieldsData };
    await harness.ok("upsert", { ...request, partialUpdate: true });
    const { fieldsData: found } = await harness.ok("query", {
      collectionName: "films",
      expr: "id == 1",
      outputFields: ["title", "year"],
    });
    const shown = (name: string) => found.find((field) => field.fieldName === name)?.field.value;
    expect(shown("title")).toMatchObject({ data: { value: { data: ["Kes"] } } });
    expect(shown("year")).toMatchObject({ data: { value: { data: [2001] } } });
    const before = await harness.fails("upsert", request);
    expect(before.reason).toContain("fieldSchema(title) has no corresponding fieldData pass in");
  });

  it.each([
    ["year", 1, 'op ARRAY_APPEND requires Array field, but field "year" is Int16'],
    ["id", 2, 'field "id" is the primary key and cannot carry a partial-update op'],
    ["nope", 1, 'field "nope" not found in collection schema'],
    ["", 1, "FieldPartialUpdateOp.field_name is required"],
    ["year", 7, "unsupported partial update op: 7"],
  ])(
    "refuses an operation that can't be done, on %s, with Milvus's text",
    async (fieldName, op, text) => {
      await makeFilms(harness);
      const refused = await harness.fails("upsert", {
        ...row(),
        fieldOps: [{ fieldName, op: op as FieldPartialUpdateOp_OpType }],
      });
      expect(refused).toEqual({ code: 1100, reason: `${text}: invalid parameter` });
    },
  );

  it("refuses two operations on a field, whatever they are", async () => {
    await makeFilms(harness);
    const fieldOps = [
      { fieldName: "year", op: FieldPartialUpdateOp_OpType.REPLACE },
      { fieldName: "year", op: FieldPartialUpdateOp_OpType.REPLACE },
    ];
    const { reason } = await harness.fails("upsert", { ...row(), fieldOps });
    expect(reason).toContain('duplicate partial-update op for field "year"');
  });
});

describe("Delete", () => {
  it.each([
    ["id in [1, 2, 77]", 3n, 2n],
    ["id == 99", 1n, 4n],
    ["year < 1980", 2n, 2n],
    ['title == "none"', 0n, 4n],
  ])("by %s counts %s and leaves %s", async (expr, count, left) => {
    await makeFilms(harness);
    const answer = await harness.ok("delete", { collectionName: "films", expr });
    expect(answer.deleteCnt).toBe(count);
    expect(answer.IDs).toBeUndefined();
    expect(await countOf()).toBe(left);
  });

  it("by key works while the collection is not loaded", async () => {
    await makeFilms(harness);
    await harness.ok("releaseCollection", { collectionName: "films" });
    const answer = await harness.ok("delete", { collectionName: "films", expr: "id == 1" });
    expect(answer.deleteCnt).toBe(1n);
  });

  it("takes values for the names of a filter", async () => {
    await makeFilms(harness);
    const answer = await harness.ok("delete", {
      collectionName: "films",
      expr: "id in {ids}",
      exprTemplateValues: {
        ids: {
          val: {
            case: "arrayVal",
            value: { data: { case: "longData", value: { data: [1n, 4n] } } },
          },
        },
      },
    });
    expect(answer.deleteCnt).toBe(2n);
  });

  it.each([
    ["id inn [1]", "failed to create delete plan: cannot parse expression: id inn [1]"],
    [
      "nothing == 1",
      "failed to create delete plan: cannot parse expression: nothing == 1, error: field nothing not exist",
    ],
    ["title > 1", "comparisons between VarChar and Int64 are not supported"],
    ["", "invalid parameter"],
  ])("refuses %j", async (expr, text) => {
    await makeFilms(harness);
    const status = await harness.fails("delete", { collectionName: "films", expr });
    expect(status.code).toBe(1100);
    expect(status.reason).toContain(text);
    expect(status.reason).toContain("invalid parameter");
  });
});

describe("Flush", () => {
  it("answers segments and times by the names that it was given", async () => {
    await makeFilms(harness);
    await harness.ok("createAlias", { collectionName: "films", alias: "movies" });
    const answer = await harness.ok("flush", { collectionNames: ["movies"] });
    expect(answer.collSegIDs["movies"].data).toHaveLength(1);
    expect(answer.collFlushTs["movies"]).toBeGreaterThan(0n);
    const state = await harness.ok("getFlushState", {
      collectionName: "movies",
      segmentIDs: answer.collSegIDs["movies"].data,
      flushTs: answer.collFlushTs["movies"],
    });
    expect(state.flushed).toBe(true);
    const { stats } = await harness.ok("getCollectionStatistics", { collectionName: "films" });
    expect(stats).toMatchObject([{ key: "row_count", value: "4" }]);
    expect(await countOf()).toBe(4n);
  });

  it("names a collection that is not there", async () => {
    expect(await harness.fails("flush", { collectionNames: ["x"] })).toEqual({
      code: 100,
      reason: "collection not found[database=default][collection=x]",
    });
  });
});
