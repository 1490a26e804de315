import { describe, expect, it } from "vitest";
import { PlaceholderType } from "../../src/wire/gen/common_pb.ts";
import { decodePlaceholderGroup } from "../../src/wire/placeholder-group.ts";
import { WireError } from "../../src/wire/wire-reader.ts";
import { oracleEncode } from "./oracle.ts";

describe("decodePlaceholderGroup", () => {
  it("decodePlaceholderGroup joins the vectors' bytes, whatever they are", () => {
    const values = [Buffer.of(1, 2, 3), Buffer.of(), Buffer.of(4)];
    const placeholder = { tag: "$0", type: "SparseFloatVector", values, element_level: true };
    const { values: joined, ...rest } = decode(placeholder);
    expect(rest).toEqual({
      tag: "$0",
      typeId: PlaceholderType.SparseFloatVector,
      queryCount: 3,
      elementLevel: true,
    });
    expect([...joined.offsets]).toEqual([0, 3, 3, 4]);
    expect([...joined.bytes]).toEqual([1, 2, 3, 4]);
  });

  it("decodePlaceholderGroup refuses a group without placeholders", () => {
    expect(() => decodePlaceholderGroup(new Uint8Array(0))).toThrow(WireError);
  });

  it("decodePlaceholderGroup answers no queries for a placeholder without values", () => {
    expect(decode({ type: "FloatVector" })).toMatchObject({ queryCount: 0 });
  });
});

function decode(placeholder: object) {
  return decodePlaceholderGroup(
    oracleEncode("common.PlaceholderGroup", { placeholders: [placeholder] }),
  );
}
