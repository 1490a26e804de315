import { describe, expect, it } from "vitest";
import { compileGeometryTest } from "../../src/geometry/compile-geometry-test.ts";
import type { Relation } from "../../src/geometry/geometry-test.ts";
import { topology } from "../../src/geometry/jsts.ts";
import { wkbOfWkt } from "../../src/geometry/well-known.ts";
import { parseWkt } from "../../src/geometry/wkt.ts";

function relates(wkt: string, relation: Relation, other: string): boolean {
  const test = { kind: "relation", relation, other: parseWkt(other) } as const;
  return compileGeometryTest(test)(wkbOfWkt(wkt));
}

function isNear(wkt: string, [longitude, latitude]: readonly number[], metres: number): boolean {
  const test = { kind: "distance", longitude, latitude, metres } as const;
  return compileGeometryTest(test)(wkbOfWkt(wkt));
}

const square = "POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))";
const ring = "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (3 3, 6 3, 6 6, 3 6, 3 3))";

describe("compileGeometryTest()", () => {
  it.each<[string, Relation, string, boolean]>([
    ["POINT (1 1)", "within", square, true],
    ["POINT (0 1)", "within", square, false],
    ["POINT (0 1)", "touches", square, true],
    ["POINT (0 1)", "intersects", square, true],
    ["POINT (4 4)", "intersects", ring, false],
    ["POINT (1 1)", "within", ring, true],
    ["POINT (5 9)", "intersects", square, false],
    [square, "contains", "POINT (1 1)", true],
    [square, "contains", "POINT (0 1)", false],
    [square, "equals", "POLYGON ((2 2, 0 2, 0 0, 2 0, 2 2))", true],
    [square, "overlaps", "POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))", true],
    [square, "overlaps", square, false],
    [square, "touches", "POLYGON ((2 0, 4 0, 4 2, 2 2, 2 0))", true],
    ["LINESTRING (0 0, 2 2)", "crosses", "LINESTRING (0 2, 2 0)", true],
    ["LINESTRING (-1 1, 1 1)", "crosses", square, true],
    ["MULTIPOINT (1 1, 5 5)", "intersects", square, true],
    ["POINT Z (1 1 7)", "within", square, true],
    ["POINT EMPTY", "within", square, false],
    ["POINT EMPTY", "equals", "POLYGON EMPTY", true],
  ])("says whether %s %s %s: %s", (wkt, relation, other, expected) => {
    expect(relates(wkt, relation, other)).toBe(expected);
  });

  it("says FALSE where the relation has no answer", () => {
    const mixed = "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 2 2))";
    expect(relates(mixed, "overlaps", square)).toBe(false);
  });

  it("tells valid geometries from others", () => {
    const isValid = (wkt: string) => compileGeometryTest({ kind: "validity" })(wkbOfWkt(wkt));
    expect(isValid(square)).toBe(true);
    expect(isValid("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")).toBe(false);
    expect(isValid("POINT EMPTY")).toBe(true);
  });

  it("measures the distance between points on the sphere", () => {
    // A degree of longitude: on the equator, and at 60 degrees, where it is half as long.
    expect(isNear("POINT (1 0)", [0, 0], 111_195)).toBe(true);
    expect(isNear("POINT (1 0)", [0, 0], 111_194)).toBe(false);
    expect(isNear("POINT (1 60)", [0, 60], 55_597)).toBe(true);
    expect(isNear("POINT (1 60)", [0, 60], 55_590)).toBe(false);
    expect(isNear("POINT (179.5 0)", [-179.5, 0], 111_195)).toBe(true);
  });

  it("measures the distance to other geometries by degrees, as Milvus does", () => {
    expect(isNear("LINESTRING (1 -1, 1 1)", [0, 0], 111_320)).toBe(true);
    expect(isNear("LINESTRING (1 -1, 1 1)", [0, 0], 111_319)).toBe(false);
    expect(isNear(square, [1, 1], 0)).toBe(true);
    expect(isNear("LINESTRING EMPTY", [0, 0], 1e9)).toBe(false);
  });
});

describe("the short way for points", () => {
  const others = [
    ...["LINESTRING (0 0, 2 2, 2 0)", "MULTILINESTRING ((0 0, 1 1), (1 1, 2 0))", square, ring],
    ...[
      "LINESTRING (0 0, 2 0, 2 2, 0 0)",
      "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2)))",
    ],
  ];
  const relations: readonly Relation[] = [
    ...(["equals", "touches", "overlaps", "crosses"] as const),
    ...(["contains", "intersects", "within"] as const),
  ];
  it.each(others)("agrees with the relation to %s", (other) => {
    const { relates: relatesSlowly, shapeOf } = topology();
    for (let i = 0; i < 49; i++) {
      const wkt = `POINT (${(i % 7) / 2} ${Math.floor(i / 7) / 2})`;
      for (const relation of relations) {
        const slowly = relatesSlowly(relation, shapeOf(parseWkt(wkt)), shapeOf(parseWkt(other)));
        expect([wkt, relation, relates(wkt, relation, other)]).toEqual([wkt, relation, slowly]);
      }
    }
  });
});

describe("geometries that cross each other without end", () => {
  // Two combs: each tooth of one crosses all of the other's.
  const teeth = Array.from({ length: 400 }, (_, i) => i);
  const upright = `LINESTRING (${teeth.map((i) => `${i} ${(i % 2) * 400}`).join()})`;
  const lying = `LINESTRING (${teeth.map((i) => `${(i % 2) * 400} ${i}`).join()})`;

  it("are refused instead of related", () => {
    const refusal = expect.objectContaining({ code: "limit-exceeded" });
    expect(() => relates(upright, "crosses", lying)).toThrow(refusal);
    expect(() => relates(square, "within", `MULTILINESTRING${bundle(upright, lying)}`)).toThrow(
      refusal,
    );
  });

  it("are no others of as many segments", () => {
    expect(relates(upright, "crosses", "LINESTRING (-1 200, 500 201)")).toBe(true);
    expect(relates(upright, "equals", upright)).toBe(true);
    const cells = teeth.map((i) => {
      const [x, y] = [i % 20, Math.floor(i / 20)];
      return `((${x} ${y}, ${x + 1} ${y}, ${x + 1} ${y + 1}, ${x} ${y + 1}, ${x} ${y}))`;
    });
    expect(relates(square, "intersects", `MULTIPOLYGON (${cells.join()})`)).toBe(true);
  });

  it("are no long lines in any direction, nor parallels", () => {
    const far = Array.from({ length: 12_000 }, (_, i) => i);
    expect(relates(`LINESTRING (${far.map((i) => `0 ${i}`).join()})`, "intersects", square)).toBe(
      true,
    );
    expect(relates(`LINESTRING (${far.map((i) => `${i} 0`).join()})`, "intersects", square)).toBe(
      true,
    );
    const parallels = teeth.map((i) => `(${i} 0, ${i + 400} 400)`);
    expect(relates(`MULTILINESTRING (${parallels.join()})`, "intersects", square)).toBe(true);
  });
});

function bundle(...lines: readonly string[]): string {
  return `(${lines.map((line) => line.replace("LINESTRING ", "")).join()})`;
}
