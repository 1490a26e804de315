import { describe, expect, it } from "vitest";

const { qpsAt } = await import(new URL("./curve.mjs", import.meta.url).href);
const { recallOf } = await import(new URL("./recall.mjs", import.meta.url).href);

describe("qpsAt()", () => {
  it("is the speed of the point with that recall", () => {
    const points = [
      { recall: 0.8, qps: 400 },
      { recall: 0.9, qps: 300 },
      { recall: 0.99, qps: 100 },
    ];
    expect(qpsAt(points, 0.9)).toBeCloseTo(300);
  });

  it("interpolates in the logarithms of the speed and of the share that is missed", () => {
    const points = [
      { recall: 0.9, qps: 400 },
      { recall: 0.99, qps: 100 },
    ];
    expect(qpsAt(points, 1 - Math.sqrt(0.1 * 0.01))).toBeCloseTo(200);
  });

  it("is not led astray by points that others beat", () => {
    const points = [
      { recall: 0.9, qps: 400 },
      { recall: 0.95, qps: 10 },
      { recall: 0.96, qps: 399 },
    ];
    expect(qpsAt(points, 0.95)).toBeGreaterThan(399);
  });

  it("is the speed of the fastest point when all find more", () => {
    const points = [
      { recall: 1, qps: 50 },
      { recall: 0.99, qps: 60 },
    ];
    expect(qpsAt(points, 0.9)).toBe(60);
  });

  it("is unknown when none finds enough", () => {
    expect(qpsAt([{ recall: 0.97, qps: 60 }], 0.98)).toBeUndefined();
  });
});

describe("recallOf()", () => {
  const truth = {
    neighbourCount: 4,
    rows: [3, 5, 7, 9, 2, 4, 6, 8],
    scores: [1, 2, 2, 3, 1, 2, 3, 4],
  };

  it("is the share of the k true neighbours that was found", () => {
    expect(recallOf(truth, 1, { rows: [2, 6], k: 2 })).toBe(0.5);
  });

  it("takes a row that is as good as the k-th for one of them", () => {
    expect(recallOf(truth, 0, { rows: [7, 3], k: 2 })).toBe(1);
  });

  it("counts a row that is found twice once", () => {
    expect(recallOf(truth, 1, { rows: [2, 2], k: 2 })).toBe(0.5);
  });

  it("asks for no more rows than there are", () => {
    expect(recallOf(truth, 1, { rows: [2, 4, 6, 8], k: 10 })).toBe(1);
  });
});
