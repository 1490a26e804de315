import { describe, expect, test } from "vitest";
import type { Metric } from "../../src/base/metric.ts";
import { fuseLists, type RankedList } from "../../src/query/fuse-hits.ts";
import { checkRanker } from "../../src/query/ranker.ts";
import type { Ranker } from "../../src/query/request.ts";
import { defineSchema } from "../../src/schema/define-schema.ts";

const schema = defineSchema({
  collection: "people",
  fields: [
    { name: "id", type: "Int64", primaryKey: true },
    { name: "age", type: "Int32" },
    { name: "at", type: "Timestamptz" },
    { name: "vector", type: "FloatVector", dim: 2 },
  ],
});

function list(
  metric: Metric,
  hits: readonly (readonly [row: number, score: number])[],
): RankedList {
  return { metric, rows: hits.map(([row]) => row), scores: hits.map(([, score]) => score) };
}

function fuse(ranker: Ranker, lists: readonly RankedList[]) {
  const rowCount = 1 + Math.max(...lists.flatMap(({ rows }) => Array.from(rows)));
  const fused = fuseLists(checkRanker(schema, ranker, lists.length), lists, rowCount);
  return { scores: Array.from(fused.scores), isAscending: fused.isAscending };
}

describe("fuseLists()", () => {
  test("adds 1 / (k + rank) for each list with the rrf ranker", () => {
    const lists = [
      list("COSINE", [
        [0, 0.9],
        [1, 0.8],
      ]),
      list("L2", [
        [1, 0.1],
        [2, 0.2],
      ]),
    ];
    const { scores, isAscending } = fuse({ kind: "rrf" }, lists);
    expect(scores[0]).toBeCloseTo(1 / 61, 6);
    expect(scores[1]).toBeCloseTo(1 / 62 + 1 / 61, 6);
    expect(scores[2]).toBeCloseTo(1 / 62, 6);
    expect(isAscending).toBe(false);
  });

  test("weighs normalised scores by their metric", () => {
    const { scores } = fuse({ kind: "weighted", weights: [0.5, 0.25, 1, 1], normalize: true }, [
      list("COSINE", [[0, 0.5]]),
      list("IP", [[0, 3]]),
      list("L2", [[0, 2]]),
      list("BM25", [[0, 4]]),
    ]);
    const similarities = 0.5 * 0.75 + 0.25 * (0.5 + Math.atan(3) / Math.PI);
    const distances = 1 - (2 * Math.atan(2)) / Math.PI;
    expect(scores[0]).toBeCloseTo(similarities + distances + (2 * Math.atan(4)) / Math.PI, 6);
  });

  test("adds raw similarities when scores are not normalised", () => {
    const lists = [
      list("IP", [
        [0, 10],
        [1, 4],
      ]),
      list("COSINE", [[1, 1]]),
    ];
    expect(fuse({ kind: "weighted", weights: [0.5, 1] }, lists)).toEqual({
      scores: [5, 3],
      isAscending: false,
    });
  });

  test("keeps the direction of distances where there is nothing else", () => {
    const lists = [
      list("L2", [
        [0, 1],
        [1, 2],
      ]),
      list("HAMMING", [
        [1, 1],
        [0, 5],
      ]),
    ];
    expect(fuse({ kind: "weighted", weights: [1, 1] }, lists)).toEqual({
      scores: [6, 3],
      isAscending: true,
    });
  });

  test("turns distances around where they meet similarities", () => {
    const lists = [
      list("L2", [
        [0, 0],
        [1, 100],
      ]),
      list("IP", [[1, 0.5]]),
    ];
    const { scores, isAscending } = fuse({ kind: "weighted", weights: [1, 1] }, lists);
    expect(scores[0]).toBe(1);
    expect(scores[1]).toBeCloseTo(0.5 + 1 - (2 * Math.atan(100)) / Math.PI, 6);
    expect(isAscending).toBe(false);
  });

  test.each([
    ["max", [1, 0.5]],
    ["sum", [1, 0.75]],
    ["avg", [1, 0.375]],
  ] as const)("takes the %s of similarities before a decay", (scoreMode, expected) => {
    const decay = { kind: "decay", field: "age", function: "exp", origin: 0, scale: 1 } as const;
    const lists = [
      list("L2", [
        [0, 0],
        [1, 1],
      ]),
      list("IP", [[1, 0.25]]),
    ];
    expect(fuse({ ...decay, scoreMode }, lists)).toEqual({ scores: expected, isAscending: false });
  });
});

describe("checkRanker()", () => {
  test.each([
    ["gauss", 30, 0.5 ** (((30 - 5) / 10) ** 2)],
    ["exp", 30, 0.5 ** ((30 - 5) / 10)],
    ["linear", 12, 1 - (0.5 / 10) * (12 - 5)],
    ["linear", 99, 0.5],
    ["gauss", -5, 1],
  ] as const)("makes a decay by %s that is right at %d", (name, value, expected) => {
    const ranker = checkRanker(
      schema,
      { kind: "decay", field: "age", function: name, origin: 0, scale: 10, offset: 5 },
      1,
    );
    expect(ranker.kind === "decay" && ranker.factorOf(value)).toBeCloseTo(expected, 12);
  });

  const decay = { kind: "decay", field: "age", function: "gauss", origin: 0, scale: 1 } as const;
  const refusals: readonly (readonly [string, Ranker])[] = [
    ["rank params k should be in range (0, 16384)", { kind: "rrf", k: 0 }],
    ["rank params k should be in range (0, 16384)", { kind: "rrf", k: 16_384 }],
    ["weighted reranker requires weights parameter", { kind: "weighted", weights: [] }],
    ["rank param weight should be in range [0, 1]", { kind: "weighted", weights: [0.1, 1.000001] }],
    [
      "the length of weights param mismatch with ann search requests",
      { kind: "weighted", weights: [0.2, 0.4, 0.8] },
    ],
    ["input field nothing not found in collection schema", { ...decay, field: "nothing" }],
    ["decay input field at must be numeric, got Timestamptz", { ...decay, field: "at" }],
    ["decay: scale must be > 0, got 0.000000", { ...decay, scale: 0 }],
    ["decay: offset must be >= 0, got -1.000000", { ...decay, offset: -1 }],
    ["decay: decay must be 0 < decay < 1, got 1.000000", { ...decay, decay: 1 }],
    [
      "decay must be between 0.001000 and 0.999000 for numerical stability, got 0.000500",
      { ...decay, decay: 0.0005 },
    ],
    // @ts-expect-error: the type knows the functions, a client may not.
    ['decay: invalid function "steps", must be one of', { ...decay, function: "steps" }],
    // @ts-expect-error: as above.
    ["unsupported score_mode: min, only supports", { ...decay, scoreMode: "min" }],
  ];
  test.each(refusals)("refuses with: %s", (message, ranker) => {
    expect(() => checkRanker(schema, ranker, 2)).toThrow(message);
  });
});
