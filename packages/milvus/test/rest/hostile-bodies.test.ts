import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restRoutes } from "../../src/rest/routes.ts";
import { RestHarness } from "./rest-harness.ts";

/** Values that mean something somewhere. */
const telling = fc.constantFrom<unknown>(
  "c",
  "_default",
  "vector",
  "id",
  "id > 0",
  "id in [",
  "*",
  "$meta",
  "COSINE",
  "Strong",
  "admin",
  "default",
  0,
  1,
  -1,
  2 ** 31,
  2n ** 63n,
  0.5,
  "",
  [],
  {},
  [[1, 2]],
  [[0.1]],
  ["x"],
  [null],
  [{}],
  [{ id: 1, vector: [1, 2] }],
  [{ id: {}, vector: {} }],
  { dim: 2 },
  { params: [] },
  true,
  null,
); // prettier-ignore

/** Bodies with the properties of a route, and anything in them. */
function bodies(names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const value = fc.oneof({ weight: 3, arbitrary: telling }, fc.jsonValue({ maxDepth: 3 }));
  const properties = Object.fromEntries(names.map((name) => [name, value]));
  return fc.record(
    { ...properties, collectionName: fc.oneof(fc.constant("c"), value) },
    {
      requiredKeys: [],
    },
  );
}

describe("createRestListener()", () => {
  let api: RestHarness;

  beforeAll(async () => {
    api = await RestHarness.open();
  });
  afterAll(() => api.close());

  it("answers every body with a code that is not that of a breakdown", async () => {
    for (const { path, body } of restRoutes) {
      await api.post("/collections/create", { collectionName: "c", dimension: 2 });
      await fc.assert(
        fc.asyncProperty(bodies(Object.keys(body.fields)), async (given) => {
          const { status, code, message } = await api.post(path, given);
          expect({ path, status, isBreakdown: code === 5, message }).toEqual({
            path,
            status: 200,
            isBreakdown: false,
            message,
          });
        }),
        { numRuns: 3 },
      );
    }
  });

  const row = (json: string) =>
    `{"collectionName": "c", "data": [{"id": 9007199254740993, "vector": [1, 2], "note": ${json}}]}`;

  it.each([
    "1e400",
    "-1e+999",
    "[0.1e308, 10e308]",
    `1${"0".repeat(400)}`,
    `1${"0".repeat(250)}e99`,
  ])("refuses a number that is beyond all doubles instead of losing it: %s", async (json) => {
    const { code, message } = await api.fails("/entities/insert", row(json));
    expect(code).toBe(1801);
    expect(message).toContain("json: cannot unmarshal number");
    expect(message).toContain("into Go value of type float64");
  });

  it.each(["1e308", '"1e400"', '"\\"1e999"', "1e-400", '{"1e999": 0.1e+300}'])(
    "takes what only looks like such a number: %s",
    async (json) => {
      await api.post("/collections/create", { collectionName: "c", dimension: 2 });
      await api.ok("/entities/insert", row(json));
    },
  );

  it("reads texts of megabytes beside long integers in linear time", async () => {
    await api.post("/collections/create", { collectionName: "c", dimension: 2 });
    const { code } = await api.fails("/entities/insert", row(`"${"x".repeat(20_000_000)}int:"`));
    expect(code).toBe(1100);
  });
});
