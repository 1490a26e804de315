import { describe, expect, it } from "vitest";
import { PlaceholderType } from "../../src/wire/gen/common_pb.ts";
import { decodePlaceholderGroup } from "../../src/wire/placeholder-group.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { oracleEncode } from "./oracle.ts";

describe("decodePlaceholderGroup", () => {
  it("decodePlaceholderGroup joins float vectors", () => {
    const values = [floats(1, 2, 3), floats(4, 5, -0.5)];
    expect(decode({ tag: "$0", type: "FloatVector", values })).toEqual({
      tag: "$0",
      typeId: PlaceholderType.FloatVector,
      queryCount: 2,
      dim: 3,
      vectors: Float32Array.of(1, 2, 3, 4, 5, -0.5),
      elementLevel: false,
    });
  });

  it("decodePlaceholderGroup reads one vector, wherever its bytes lie", () => {
    for (const tag of ["", "a", "ab", "abc"]) {
      const group = decode({ tag, type: "FloatVector", values: [floats(1.5, -2)] });
      expect(group.vectors).toEqual(Float32Array.of(1.5, -2));
    }
  });

  it("decodePlaceholderGroup names other kinds and leaves their values", () => {
    const group = decode({ tag: "$0", type: "BinaryVector", values: [Buffer.of(1)] });
    expect(group).toMatchObject({ typeId: 100, queryCount: 1, dim: 0 });
    expect(group.vectors.length).toBe(0);
  });

  it("decodePlaceholderGroup refuses vectors of different or broken sizes", () => {
    expect(() => decode({ type: "FloatVector", values: [floats(1), floats(1, 2)] })).toThrow(
      WireError,
    );
    expect(() => decode({ type: "FloatVector", values: [Buffer.of(1, 2, 3)] })).toThrow(WireError);
    expect(() =>
      decode({ type: "FloatVector", values: [Buffer.of(1, 2), Buffer.of(3, 4)] }),
    ).toThrow(WireError);
    expect(() => decodePlaceholderGroup(new Uint8Array(0))).toThrow(WireError);
  });

  it("decodePlaceholderGroup answers no queries for a placeholder without values", () => {
    expect(decode({ type: "FloatVector" })).toMatchObject({ queryCount: 0, dim: 0 });
  });
});

function decode(placeholder: object) {
  return decodePlaceholderGroup(
    oracleEncode("common.PlaceholderGroup", { placeholders: [placeholder] }),
  );
}

function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
