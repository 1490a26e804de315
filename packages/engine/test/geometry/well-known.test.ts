import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEngineError } from "../../src/base/errors.ts";
import { maxCollectionDepth } from "../../src/geometry/limits.ts";
import { wkbOfWkt, wktOfWkb } from "../../src/geometry/well-known.ts";

describe("wktOfWkb()", () => {
  it.each([
    ["POINT(1 2)", "POINT (1 2)"],
    ["point z (1 2 3)", "POINT Z (1 2 3)"],
    ["POINT (1 2 3)", "POINT Z (1 2 3)"],
    ["POINT M (1 2 3)", "POINT M (1 2 3)"],
    ["POINTZM(1 2 3 4)", "POINT ZM (1 2 3 4)"],
    ["POINT EMPTY", "POINT EMPTY"],
    ["LINESTRING (0 0,1e-7 -1.5e22)", "LINESTRING (0 0, 0.0000001 -15000000000000000000000)"],
    [
      "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))",
      "POLYGON ((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
    ],
    ["MULTIPOINT((1 2),3 4)", "MULTIPOINT (1 2, 3 4)"],
    ["MULTIPOINT(EMPTY,(3 4))", "MULTIPOINT (EMPTY, 3 4)"],
    ["MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))"],
    ["MULTIPOLYGON(((0 0,1 0,1 1,0 0)),EMPTY)", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)"],
    [
      "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING EMPTY)",
      "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING EMPTY)",
    ],
    ["GEOMETRYCOLLECTION EMPTY", "GEOMETRYCOLLECTION EMPTY"],
  ])("gives %s back as %s", (text, printed) => {
    expect(wktOfWkb(wkbOfWkt(text))).toBe(printed);
    expect(wktOfWkb(wkbOfWkt(printed))).toBe(printed);
  });

  it("refuses bytes that are no WKB, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          wktOfWkb(bytes);
        } catch (error) {
          expect(isEngineError(error, "invalid-parameter")).toBe(true);
        }
      }),
    );
    // A line that claims four thousand million vertices.
    const line = Uint8Array.of(1, 2, 0, 0, 0, 255, 255, 255, 255);
    expect(() => wktOfWkb(line)).toThrow("failed to insert invalid geometry");
  });
});

describe("wkbOfWkt()", () => {
  it("writes little-endian ISO WKB", () => {
    const hex = Buffer.from(wkbOfWkt("POINT Z (1 2 3)")).toString("hex");
    expect(hex).toBe("01e9030000000000000000f03f00000000000000400000000000000840");
  });

  it.each([
    ["", "the name of a geometry"],
    ["FOO (1 2)", "the name of a geometry"],
    ["POINT (1 2", "expected ')'"],
    ["POINT (1 2) x", "expected the end"],
    ["POINT (1 2, 3 4)", "expected ')'"],
    ["POINT (1)", "a vertex of 1 coordinates"],
    ["POINT (1 2 3 4 5)", "a vertex of 5 coordinates"],
    ["POINT (nan nan)", "a vertex of 0 coordinates"],
    ["POINT (1 1e999)", "out of range"],
    ["POINT (1x 2)", "expected a number"],
    ["POINT (1.2.3 4)", "expected a number"],
    ["POINT ; (1 2)", "expected well-known text"],
    ["LINESTRING (1 1)", "at least two vertices"],
    ["LINESTRING (1 1, 2 2 2)", "a vertex of 3 coordinates"],
    ["POLYGON ((0 0, 1 1, 0 0))", "at least four vertices"],
    ["POLYGON ((0 0, 1 0, 1 1, 0 1))", "ends where it begins"],
    ["POINT Z (1 2)", "a vertex of 2 coordinates"],
    ["GEOMETRYCOLLECTION (POINT Z (1 2 3), POINT M (1 2 3))", "layout xyz"],
  ])("refuses %j", (text, reason) => {
    try {
      wkbOfWkt(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: "invalid-parameter",
        message: "failed to insert invalid geometry",
        details: { reason: expect.stringContaining(reason) },
      });
    }
  });

  it("refuses collections that are nested too deeply", () => {
    const nested = (depth: number) =>
      `${"GEOMETRYCOLLECTION (".repeat(depth)}POINT (1 2)${")".repeat(depth)}`;
    expect(wktOfWkb(wkbOfWkt(nested(maxCollectionDepth)))).toBe(nested(maxCollectionDepth));
    expect(() => wkbOfWkt(nested(maxCollectionDepth + 1))).toThrow("invalid geometry");
    expect(() => wkbOfWkt(nested(1_000_000))).toThrow("invalid geometry");
  });

  it("throws nothing but invalid-parameter, whatever the text", () => {
    const words = ["POINT", "MULTIPOINT", "POLYGON", "Z", "EMPTY", "(", ")", ",", "1", "-2.5", "é"];
    const text = fc.array(fc.constantFrom(...words), { maxLength: 20 }).map((all) => all.join(" "));
    fc.assert(
      fc.property(fc.oneof(text, fc.string()), (wkt) => {
        try {
          wktOfWkb(wkbOfWkt(wkt));
        } catch (error) {
          expect(isEngineError(error, "invalid-parameter")).toBe(true);
        }
      }),
    );
  });
});
