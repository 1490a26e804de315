import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Harness, makeFilms, pairs, placeholders } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await makeFilms(harness);
});
afterEach(() => harness.close());

interface Page {
  readonly ids: readonly bigint[];
  readonly sessionTs: bigint;
}

type NextPage = (after: Page | undefined) => Promise<Page>;

/** What clients ask for page by page, each page at the moment of the first. */
const iterations: Readonly<Record<string, NextPage>> = {
  "a query iterator": async (after) => {
    const { fieldsData, sessionTs } = await harness.ok("query", {
      collectionName: "films",
      expr: `id > ${after?.ids[0] ?? -1n}`,
      guaranteeTimestamp: after?.sessionTs ?? 0n,
      queryParams: pairs({ iterator: "True", reduce_stop_for_best: "True", limit: "1" }),
    });
    const ids = fieldsData[0].field.value;
    const data = ids !== undefined && "data" in ids ? ids.data : undefined;
    return { ids: data?.case === "longData" ? data.value.data : [], sessionTs };
  },
  "a search iterator of the first version": async (after) => {
    const { results, sessionTs } = await harness.ok("search", {
      collectionName: "films",
      searchInput: placeholders([[1, 0.1]]),
      nq: 1n,
      dsl: `id > ${after?.ids[0] ?? -1n}`,
      guaranteeTimestamp: after?.sessionTs ?? 0n,
      searchParams: pairs({ anns_field: "vector", topk: "1", params: "{}", iterator: "True" }),
    });
    const ids = results?.ids?.idField;
    return { ids: ids?.case === "intId" ? ids.value.data : [], sessionTs };
  },
  "a search iterator of the second version that another server began": async (after) => {
    const { results, sessionTs } = await harness.ok("search", {
      collectionName: "films",
      searchInput: placeholders([[1, 0.1]]),
      nq: 1n,
      dsl: `id > ${after?.ids[0] ?? -1n}`,
      guaranteeTimestamp: after?.sessionTs ?? 0n,
      searchParams: pairs({
        anns_field: "vector",
        topk: "1",
        params: "{}",
        iterator: "True",
        search_iter_v2: "True",
        search_iter_batch_size: "1",
      }),
    });
    const ids = results?.ids?.idField;
    return { ids: ids?.case === "intId" ? ids.value.data : [], sessionTs };
  },
};

describe("Iterations", () => {
  it.each(Object.entries(iterations))(
    "%s keep rows that are deleted behind its first page, through flush and compaction",
    async (_, nextPage) => {
      const first = await nextPage(undefined);
      expect(first.ids).toEqual([1n]);
      await harness.ok("delete", { collectionName: "films", expr: "id in [1, 2, 3, 4]" });
      await harness.database.collection("films").flush();
      await harness.database.collection("films").compact();
      const second = await nextPage(first);
      expect(second.ids).toHaveLength(1);
      expect(second.sessionTs).toBe(first.sessionTs);
    },
  );

  it("A query without an iterator keeps nothing", async () => {
    await harness.ok("query", { collectionName: "films", expr: "id > 0" });
    await harness.ok("delete", { collectionName: "films", expr: "id in [1, 2]" });
    await harness.database.collection("films").compact();
    expect(harness.database.collection("films").segments()).toMatchObject([{ rowCount: 2 }]);
  });
});
