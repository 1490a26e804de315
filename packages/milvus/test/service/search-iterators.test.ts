import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SearchResults } from "../../src/wire/gen/milvus_pb.ts";
import {
  floatVectors,
  Harness,
  ints,
  longs,
  makeFilms,
  pairs,
  placeholders,
  texts,
} from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await makeFilms(harness);
});
afterEach(() => harness.close());

/** Films `first` and up, all at one point. */
async function insertFilms(first: number, count: number, point = [3, 0]): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  await harness.ok("insert", {
    collectionName: "films",
    numRows: count,
    fieldsData: [
      longs("id", numbers.map(BigInt)),
      texts(
        "title",
        numbers.map((n) => `film ${n}`),
      ),
      ints(
        "year",
        numbers.map(() => 2000),
      ),
      floatVectors(
        "vector",
        numbers.map(() => point),
      ),
    ],
  });
}

/** What clients send for a batch of 3. */
function search(parameters: Record<string, string> = {}, guaranteeTimestamp = 0n) {
  const defaults = { anns_field: "vector", topk: "3", params: "{}", iterator: "True" };
  const second = { search_iter_v2: "True", search_iter_batch_size: "3" };
  return {
    collectionName: "films",
    searchInput: placeholders([[1, 0.1]]),
    nq: 1n,
    guaranteeTimestamp,
    searchParams: pairs({ ...defaults, ...second, ...parameters }),
  };
}

/** The request for the batch behind an answer, as pymilvus makes it. */
function next(answer: SearchResults, token = tokenOf(answer)) {
  const bound = answer.results?.searchIteratorV2Results?.lastBound;
  const parameters = { search_iter_id: token, search_iter_last_bound: String(bound) };
  return search(parameters, answer.sessionTs);
}

function tokenOf({ results }: SearchResults): string {
  return results?.searchIteratorV2Results?.token ?? "";
}

function idsOf({ results }: SearchResults): number[] {
  const ids = results?.ids?.idField;
  return ids?.case === "intId" ? ids.value.data.map(Number) : [];
}

/** The keys of all batches from an answer on. */
async function rest(first: SearchResults): Promise<number[]> {
  const ids: number[] = [];
  for (let answer = first; idsOf(answer).length > 0; ) {
    ids.push(...idsOf(answer));
    answer = await harness.ok("search", next(answer));
  }
  return ids;
}

describe("Search with search_iter_v2", () => {
  it("answers all rows once, best first, rows at one distance too", async () => {
    await insertFilms(10, 20);
    const first = await harness.ok("search", search());
    expect(first.results).toMatchObject({ numQueries: 1n, topK: 3n, topks: [3n] });
    expect(first.results?.searchIteratorV2Results?.lastBound).toBeCloseTo(2.21, 5);
    const ids = await rest(first);
    expect(ids.slice(0, 3)).toEqual([1, 2, 4]);
    expect(ids.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, ...ids20()]);
  });

  it("keeps its token, and says so when nothing is left", async () => {
    const first = await harness.ok("search", search());
    const second = await harness.ok("search", next(first));
    const third = await harness.ok("search", next(second));
    expect([idsOf(first), idsOf(second), idsOf(third)]).toEqual([[1, 2, 4], [3], []]);
    expect(tokenOf(first)).toMatch(/^[0-9a-f-]{36}$/);
    expect([tokenOf(second), tokenOf(third)]).toEqual([tokenOf(first), tokenOf(first)]);
    expect(third.results?.topks).toEqual([0n]);
    expect(third.sessionTs).toBe(first.sessionTs);
  });

  it("shows the moment of its first batch", async () => {
    const first = await harness.ok("search", search());
    await insertFilms(10, 5);
    expect(await rest(first)).toEqual([1, 2, 4, 3]);
  });

  it("takes the moment from the parameters, where the Node SDK puts it", async () => {
    const { sessionTs } = await harness.ok("search", search());
    await insertFilms(10, 5);
    const pinned = search({ guarantee_timestamp: String(sessionTs), search_iter_batch_size: "9" });
    expect(idsOf(await harness.ok("search", pinned))).toEqual([1, 2, 4, 3]);
  });

  it("begins in a collection without rows, and ends", async () => {
    await harness.ok("delete", { collectionName: "films", expr: "id > 0" });
    const answer = await harness.ok("search", search());
    expect(idsOf(answer)).toEqual([]);
    expect(tokenOf(answer)).not.toBe("");
    expect(answer.sessionTs).toBeGreaterThan(0n);
  });

  it("goes on beyond the bound where it does not know the token", async () => {
    const first = await harness.ok("search", search());
    const unknown = "0190a1b2-0000-4000-8000-000000000000";
    const second = await harness.ok("search", next(first, unknown));
    expect(idsOf(second)).toEqual([3]);
    expect(tokenOf(second)).toBe(unknown);
    expect(idsOf(await harness.ok("search", next(second)))).toEqual([]);
  });

  it("answers a batch again when its request is sent again", async () => {
    await insertFilms(10, 2, [5, 0]);
    await insertFilms(20, 2, [6, 0]);
    const first = await harness.ok("search", search());
    const second = await harness.ok("search", next(first));
    const again = await harness.ok("search", next(first));
    expect(idsOf(again)).toEqual(idsOf(second));
    expect(idsOf(await harness.ok("search", next(again)))).toEqual([20, 21]);
  });

  it("keeps to a range", async () => {
    const params = JSON.stringify({ radius: 4, range_filter: 0.5 });
    const batch = { search_iter_batch_size: "1", params };
    const first = await harness.ok("search", search(batch));
    const bound = String(first.results?.searchIteratorV2Results?.lastBound);
    const token = tokenOf(first);
    expect(idsOf(first)).toEqual([2]);
    const go = { ...batch, search_iter_id: token, search_iter_last_bound: bound };
    expect(idsOf(await harness.ok("search", search(go)))).toEqual([4]);
    const unknown = "0190a1b2-0000-4000-8000-000000000000";
    const other = await harness.ok("search", search({ ...go, search_iter_id: unknown }));
    expect(idsOf(other)).toEqual([4]);
    const beyond = { ...go, search_iter_id: unknown, search_iter_last_bound: "4" };
    expect(idsOf(await harness.ok("search", search(beyond)))).toEqual([]);
  });

  it("gives up the iterations that were asked longest ago, not the others", async () => {
    await insertFilms(10, 20, [1, 0]);
    const first = await harness.ok("search", search());
    const kept = await harness.ok("search", search());
    for (let i = 0; i < 63; i++) await harness.ok("search", search());
    expect(await rest(kept)).toHaveLength(24);
    // What is left of a given-up one begins beyond its bound, which all of the new films share.
    expect(await rest(first)).toHaveLength(6);
  });

  it.each([
    [{ iterator: "False" }, 65_535, "both iterator and search_iter_v2 must be set in the SDK"],
    [{ offset: "1" }, 1100, "Setting an offset is not permitted when using a search iterator v2"],
    [{ search_iter_id: "7" }, 65_535, "invalid token format"],
    [{ search_iter_batch_size: "" }, 65_535, "batch size is required"],
    [{ search_iter_batch_size: "0" }, 65_535, "batch size is invalid, it should be in range"],
    [{ search_iter_last_bound: "far" }, 65_535, "failed to parse input last bound"],
    [{ group_by_field: "year" }, 1100, "Not allowed to do groupBy when doing iteration"],
    [{ order_by_fields: "year" }, 1100, "order_by is not supported when using search iterator"],
  ] as const)("refuses %j", async (parameters, code, reason) => {
    const status = await harness.fails("search", search(parameters));
    expect(status.reason).toContain(reason);
    expect(status.code).toBe(code);
  });
});

function ids20(): number[] {
  return Array.from({ length: 20 }, (_, i) => 10 + i);
}

describe("Search with iterator alone, as clients of the first version send it", () => {
  it("is a search at the moment that the client goes back to", async () => {
    const first = await harness.ok("search", search({ search_iter_v2: "" }));
    expect(idsOf(first)).toEqual([1, 2, 4]);
    expect(first.results?.searchIteratorV2Results).toBeUndefined();
    await insertFilms(10, 5, [1, 0]);
    const again = search({ search_iter_v2: "" }, first.sessionTs);
    expect(idsOf(await harness.ok("search", again))).toEqual([1, 2, 4]);
    const latest = search({ search_iter_v2: "", iterator: "" }, first.sessionTs);
    expect(idsOf(await harness.ok("search", latest))).toEqual([1, 10, 11]);
  });
});
