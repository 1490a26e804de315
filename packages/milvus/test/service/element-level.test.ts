import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clipData, clips } from "./clips.ts";
import { filmFields, Harness, longs, pairs, placeholders, schemaBytes } from "./service-harness.ts";

const films = { collectionName: "films" };
const filter = "element_filter(clips, $[start] > 4)";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await harness.ok("createCollection", {
    ...films,
    schema: schemaBytes({ fields: [filmFields[0]], structArrayFields: [clips] }),
  });
  await harness.ok("createIndex", {
    ...films,
    fieldName: "clips[frame]",
    extraParams: pairs({ index_type: "HNSW", metric_type: "L2" }),
  });
  await harness.ok("loadCollection", films);
  await harness.ok("insert", {
    ...films,
    numRows: 3,
    fieldsData: [
      longs("id", [1n, 2n, 3n]),
      clipData([[5n, 0n, 7n], [], [8n]], [[1, 2, 9, 9, 1, 3], [], [1, 2.5]]),
    ],
  });
});
afterEach(() => harness.close());

function search(parameters: Record<string, string> = {}, dsl = "") {
  return {
    ...films,
    dsl,
    nq: 1n,
    searchInput: placeholders([[1, 2]]),
    outputFields: ["id"],
    searchParams: pairs({ anns_field: "clips[frame]", topk: "3", ...parameters }),
  };
}

describe("Search among the elements of an array of structs", () => {
  it("names the element of each hit", async () => {
    const { results } = await harness.ok("search", search());
    expect(results).toMatchObject({
      ids: { idField: { value: { data: [1n, 3n, 1n] } } },
      scores: [0, 0.25, 1],
      elementIndices: { data: [0n, 0n, 2n] },
    });
  });

  it("is for the elements that element_filter passes", async () => {
    const { results } = await harness.ok("search", search({}, `id < 3 and ${filter}`));
    expect(results).toMatchObject({
      ids: { idField: { value: { data: [1n, 1n] } } },
      elementIndices: { data: [0n, 2n] },
    });
  });

  it.each<[string, Record<string, string>]>([
    ["the first version", { iterator: "True" }],
    [
      "the second version",
      { iterator: "True", search_iter_v2: "True", search_iter_batch_size: "2" },
    ],
  ])("has no iterator of %s", async (_, parameters) => {
    const { code, reason } = await harness.fails("search", search(parameters));
    expect(reason).toContain("search iterator among the elements of an array of structs");
    expect(code).toBe(3000);
  });
});

describe("Query with element_filter", () => {
  /** A page as clients take it: keys and elements. */
  async function page(queryParams: Record<string, string>, expr = filter) {
    const { fieldsData, elementIndices } = await harness.ok("query", {
      ...films,
      expr,
      queryParams: pairs(queryParams),
    });
    const { value } = fieldsData[0].field;
    const data = value !== undefined && "data" in value ? value.data : undefined;
    const keys = data?.case === "longData" ? data.value.data : [];
    return keys.flatMap((key, row) =>
      (elementIndices[row].indices?.data ?? []).map((element) => [key, element]),
    );
  }

  it("names the elements of each row, of which the limit counts", async () => {
    expect(await page({})).toEqual([
      [1n, 0n],
      [1n, 2n],
      [3n, 0n],
    ]);
    expect(await page({ limit: "2" })).toEqual([
      [1n, 0n],
      [1n, 2n],
    ]);
  });

  it("goes on behind the element that an iterator names", async () => {
    const cursor = { query_iter_last_pk: "1", query_iter_last_element_offset: "0" };
    expect(
      await page({ limit: "1", iterator: "True", ...cursor }, `id >= 1 and (${filter})`),
    ).toEqual([[1n, 2n]]);
  });

  it.each<[Record<string, string>, string, string]>([
    [{ query_iter_last_pk: "1" }, filter, "must be given together"],
    [{ query_iter_last_element_offset: "1" }, filter, "must be given together"],
    [
      { query_iter_last_pk: "1", query_iter_last_element_offset: "-1" },
      filter,
      "must be given together",
    ],
    [
      { query_iter_last_pk: "x", query_iter_last_element_offset: "1" },
      filter,
      "query_iter_last_pk [x] is invalid",
    ],
    [
      { query_iter_last_pk: "1", query_iter_last_element_offset: "x" },
      filter,
      "query_iter_last_element_offset [x] is invalid",
    ],
    [
      { query_iter_last_pk: "1", query_iter_last_element_offset: "1" },
      "id > 0",
      "needs a filter with element_filter",
    ],
  ])("refuses %j with %s", async (queryParams, expr, text) => {
    const status = await harness.fails("query", {
      ...films,
      expr,
      queryParams: pairs(queryParams),
    });
    expect(status.reason).toContain(text);
  });
});

describe("Upsert of an array of structs", () => {
  it("has no operations on its fields, as in Milvus", async () => {
    const fieldOps = [{ fieldName: "clips[start]", op: 1 as const }];
    const { code, reason } = await harness.fails("upsert", { collectionName: "films", fieldOps });
    expect(code).toBe(1100);
    expect(reason).toContain('op ARRAY_APPEND is not supported for struct field "clips[start]"');
  });
});
