import { describe, expect, it } from "vitest";
import { MilvusError } from "../../src/errors.ts";
import { fuse, makeRanker, type RankedList } from "../../src/service/ranker.ts";

const all = { offset: 0, limit: 10 };

function list(metric: RankedList<bigint>["metric"], hits: [bigint, number][]): RankedList<bigint> {
  return { metric, keys: hits.map(([key]) => key), scores: hits.map(([, score]) => score) };
}

describe("fuse()", () => {
  it("adds 1 / (k + rank) for each list with the rrf ranker", () => {
    const ranker = makeRanker({ k: 60 }, 2);
    const hits = fuse(
      ranker,
      [
        list("COSINE", [
          [1n, 0.9],
          [2n, 0.8],
        ]),
        list("L2", [
          [2n, 0.1],
          [3n, 0.2],
        ]),
      ],
      all,
    );
    expect(hits.map((hit) => hit.key)).toEqual([2n, 1n, 3n]);
    expect(hits[0].score).toBeCloseTo(1 / 62 + 1 / 61, 6);
    expect(hits[1].score).toBeCloseTo(1 / 61, 6);
    expect(hits[2].score).toBeCloseTo(1 / 62, 6);
  });

  it("orders equal scores by key", () => {
    const ranker = makeRanker({}, 2);
    const hits = fuse(ranker, [list("IP", [[9n, 1]]), list("IP", [[4n, 1]])], all);
    expect(hits.map((hit) => hit.key)).toEqual([4n, 9n]);
  });

  it("weighs normalised scores by their metric", () => {
    const ranker = makeRanker(
      { strategy: "weighted", weights: [0.5, 0.25, 1], normalize: true },
      3,
    );
    const hits = fuse(
      ranker,
      [list("COSINE", [[1n, 0.5]]), list("IP", [[1n, 3]]), list("L2", [[1n, 2]])],
      all,
    );
    const expected =
      0.5 * 0.75 + 0.25 * (0.5 + Math.atan(3) / Math.PI) + (1 - (2 * Math.atan(2)) / Math.PI);
    expect(hits[0].score).toBeCloseTo(expected, 6);
  });

  it("adds raw similarities when scores are not normalised", () => {
    const ranker = makeRanker({ strategy: "weighted", weights: [0.5, 1] }, 2);
    const lists = [
      list("IP", [
        [1n, 10],
        [2n, 4],
      ]),
      list("COSINE", [[2n, 1]]),
    ];
    expect(fuse(ranker, lists, all)).toEqual([
      { key: 1n, score: 5 },
      { key: 2n, score: 3 },
    ]);
  });

  it("puts the smallest sum of raw distances first", () => {
    const ranker = makeRanker({ strategy: "weighted", weights: [1, 1] }, 2);
    const lists = [
      list("L2", [
        [1n, 1],
        [2n, 2],
      ]),
      list("L2", [
        [2n, 1],
        [1n, 5],
      ]),
    ];
    expect(fuse(ranker, lists, all).map((hit) => hit.key)).toEqual([2n, 1n]);
  });

  it("turns distances around where they meet similarities", () => {
    const ranker = makeRanker({ strategy: "weighted", weights: [1, 1] }, 2);
    const lists = [
      list("L2", [
        [1n, 0],
        [2n, 100],
      ]),
      list("IP", [[2n, 0.5]]),
    ];
    const hits = fuse(ranker, lists, all);
    expect(hits[0]).toEqual({ key: 1n, score: 1 });
    expect(hits[1].score).toBeCloseTo(0.5 + 1 - (2 * Math.atan(100)) / Math.PI, 6);
  });

  it("answers the window of offset and limit", () => {
    const lists = [
      list("IP", [
        [1n, 4],
        [2n, 3],
        [3n, 2],
        [4n, 1],
      ]),
    ];
    const hits = fuse(makeRanker({}, 1), lists, { offset: 1, limit: 2 });
    expect(hits.map((hit) => hit.key)).toEqual([2n, 3n]);
  });

  it("sorts string keys as text", () => {
    const lists = [
      { metric: "IP" as const, keys: ["b"], scores: [1] },
      { metric: "IP" as const, keys: ["a"], scores: [1] },
    ];
    expect(fuse(makeRanker({}, 2), lists, all).map((hit) => hit.key)).toEqual(["a", "b"]);
  });
});

describe("makeRanker()", () => {
  it("is rrf with k = 60 when the request says nothing", () => {
    expect(makeRanker({}, 2)).toEqual({ kind: "rrf", k: 60 });
  });

  it.each([
    [{ strategy: "rrf", k: 0 }, "rank params k should be in range (0, 16384)"],
    [{ strategy: "rrf", k: 16_384 }, "rank params k should be in range (0, 16384)"],
    [{ strategy: "rrf", k: "many" }, "rank param k should be float"],
    [{ strategy: "weighted" }, "weights not found in rank_params"],
    [{ strategy: "weighted", weights: [0.1, 2] }, "rank param weight should be in range [0, 1]"],
    [
      { strategy: "weighted", weights: [0.2, 0.4, 0.8] },
      "the length of weights param mismatch with ann search requests: invalid parameter[expected=2][actual=3]",
    ],
    [{ strategy: "best" }, "unsupported rank type best"],
  ])("refuses %j", (parameters, text) => {
    const make = () => makeRanker(parameters, 2);
    expect(make).toThrow(MilvusError);
    expect(make).toThrow(text);
  });
});
