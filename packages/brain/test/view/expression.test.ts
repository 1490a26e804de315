import { beforeAll, describe, expect, it } from "vitest";
import type { Dataset } from "../../src/dataset/dataset.ts";
import { Expression, type ExpressionInput, F } from "../../src/view/expression.ts";
import { type View, viewFromJSON } from "../../src/view/sample-collection.ts";
import { animals } from "./animals.ts";
import { openSamples } from "./open-samples.ts";

let all: View<Dataset>;
beforeAll(async () => {
  all = await openSamples(animals);
});

/** Which of the samples 1 to 4 a view has, in its order. */
async function numbers(view: View<Dataset>): Promise<number[]> {
  return (await view.ids()).map((id) => Number.parseInt(id, 16));
}

describe("Expression", () => {
  const cases: readonly (readonly [string, ExpressionInput, readonly number[]])[] = [
    ["eq of any label", F("ground_truth.detections.label").eq("cat"), [1, 4]],
    ["ne is its opposite", F("ground_truth.detections.label").ne("cat"), [2, 3]],
    ["contains", F("ground_truth.detections.label").contains("dog"), [1]],
    ["contains any", F("tags").contains(["test", "none"]), [2, 4]],
    ["contains all", F("tags").contains(["test", "train"], { all: true }), [4]],
    ["quotes", F("tags").contains(`it's "quoted"`), [1]],
    ["unicode", F("ground_truth.detections.label").eq("Straße 猫 😀"), [4]],
    ["a field with a space", F("group name").eq("x"), [1, 3]],
    ["a missing value is not less", F("rating").lt(2), [2]],
    ["eq(null)", F("rating").eq(null), [3]],
    ["isNull", F("rating").isNull(), [3]],
    ["exists", F("rating").exists(), [1, 2, 4]],
    ["not", F("rating").lt(2).not(), [1, 3, 4]],
    [
      "and, or",
      F("rating").eq(3).and(F("weather.label").eq("sunny")).or(F("rating").eq(1)),
      [1, 2, 4],
    ],
    ["isIn", F("rating").isIn([1, 7]), [2]],
    ["isIn with null", F("rating").isIn([1, null]), [2, 3]],
    ["isIn of nothing", F("rating").isIn([]), []],
    ["arithmetic", F("rating").mul(2).add(1).sub(1).div(2).eq(3), [1, 4]],
    ["division by zero is missing", F("rating").div(0).exists(), []],
    ["mod", F("rating").mod(2).eq(1), [1, 2, 4]],
    ["sqrt of a negative number is missing", F("rating").mul(-1).sqrt().isNull(), [1, 2, 3, 4]],
    ["big integers are exact", F("big").eq(9007199254740993n), [1]],
    ["big integers are exact beside doubles", F("big").gt(9007199254740992), [1]],
    ["length", F("ground_truth.detections").length().gt(2), [1]],
    ["length of nothing", F("ground_truth").length().eq(0), [2, 3]],
    ["length of a text", F("weather.label").length().eq(5), [1, 2, 4]],
    ["filter", F("ground_truth.detections").filter(F("confidence").gt(0.4)).length().gt(1), [4]],
    [
      "filter with the sample",
      F("ground_truth.detections")
        .filter(F("$rating").eq(3).and(F("label").eq("cat")))
        .length()
        .eq(1),
      [1, 4],
    ],
    ["map", F("ground_truth.detections").map(F("boundingBox").area()).max().eq(1), [4]],
    ["min", F("ground_truth.detections.confidence").min().eq(0.25), [1]],
    ["sum", F("ground_truth.detections.confidence").sum().eq(1.5), [4]],
    ["mean", F("ground_truth.detections.confidence").mean().eq(0.75), [4]],
    ["at", F("tags").at(-1).eq("test"), [2, 4]],
    ["least", F("rating").min(2).eq(2), [1, 4]],
    ["startsWith", F("filepath").startsWith("/a"), [1]],
    ["startsWith is not contains", F("filepath").startsWith("a"), []],
    ["endsWith is not contains", F("filepath").endsWith("/a"), []],
    ["endsWith of any label", F("ground_truth.detections.label").endsWith("😀"), [4]],
    ["matches", F("filepath").matches("^/[bc]\\."), [2, 3]],
    ["upper, concat", F("weather.label").upper().concat("!").eq("RAINY!"), [2]],
    ["dates", F("createdAt").lt(new Date("2024-03-05T06:07:09.000Z")), [1]],
    ["date parts", F("createdAt").year().eq(2024).and(F("createdAt").hour().eq(6)), [1]],
    ["JSON number", F("extra.a b").eq(1), [1]],
    ["JSON of another type", F("extra.a b").eq("1"), []],
    ["JSON null is missing", F("extra.a b").exists(), [1]],
    ["JSON list", F("extra.list").contains("q"), [1]],
    ["JSON text", F("extra.nested.deep").startsWith("y"), [1]],
    ["JSON list length", F("extra.list").length().eq(2), [1]],
    ["attributes", F("ground_truth.detections.attributes.iscrowd").gt(0), [1]],
    ["JSON to number", F("extra.a b").toNumber().add(1).eq(2), [1]],
    ["a constant", F.value(true), [1, 2, 3, 4]],
  ];
  it.each(cases)("%s", async (_, filter, expected) => {
    expect(await numbers(all.match(filter))).toEqual(expected);
    const json: unknown = JSON.parse(JSON.stringify(all.match(filter)));
    expect(await numbers(viewFromJSON(all.dataset, json))).toEqual(expected);
  });

  it.each([
    ["field-not-found", F("nothing").eq(1)],
    ["field-not-found", F("ground_truth.label").eq("cat")],
    ["field-not-found", F("ground_truth.detections.lable").eq("cat")],
    ["field-not-found", F("rating.x").eq(1)],
    ["expression-invalid", F("rating").eq("3")],
    ["expression-invalid", F("rating").isIn(["3"])],
    ["expression-invalid", F("weather").eq("sunny")],
    ["expression-invalid", F("rating")],
    ["expression-invalid", F("rating").matches("3")],
    ["expression-invalid", F("filepath").matches("(")],
    ["expression-invalid", F("rating").length()],
    ["expression-invalid", F("tags").add(1)],
    ["expression-invalid", F("extra.a b").lt(F("extra.nested"))],
    ["expression-invalid", F("filepath").year().eq(1)],
    ["expression-invalid", F()],
    ["limit-exceeded", F("filepath").matches("a".repeat(1001))],
  ])("an expression that does not fit is refused: %s", async (code, filter) => {
    await expect(all.match(filter).count()).rejects.toMatchObject({ code });
  });

  it("Expression.fromJSON() refuses what is no expression", () => {
    const path = { op: "path", path: "a" };
    const deep = (depth: number): unknown =>
      depth === 0 ? path : { op: "not", args: [deep(depth - 1)] };
    expect(Expression.fromJSON(deep(99)).node.op).toBe("not");
    const hostile: readonly unknown[] = [
      null,
      "1; DROP TABLE samples",
      { op: "path" },
      { op: "path", path: 1 },
      { op: "path", path: "a".repeat(1001) },
      { op: "path", path: "a", root: "yes" },
      { op: "eval", args: [] },
      { op: "__proto__", args: [] },
      { op: "toString", args: [] },
      { op: "eq", args: [path] },
      { op: "eq", args: "ab" },
      { op: "value", value: { a: 1 } },
      { op: "value", value: [[1]] },
      { op: "value" },
      { op: "date", value: "yesterday" },
      { op: "int", value: "1e3" },
      { op: "int", value: "9223372036854775808" },
      deep(100),
      { op: "and", args: Array.from({ length: 1001 }, () => path) },
      {
        op: "and",
        args: Array.from({ length: 11 }, () => ({
          op: "and",
          args: Array.from({ length: 1000 }, () => path),
        })),
      },
      { op: "value", value: Array.from({ length: 100_001 }, () => 1) },
    ];
    for (const json of hostile) {
      expect(() => Expression.fromJSON(json)).toThrow(
        expect.objectContaining({ code: "expression-invalid" }),
      );
    }
    expect(() => F("a").eq(Number.NaN)).toThrow(
      expect.objectContaining({ code: "expression-invalid" }),
    );
    expect(() => F("a").eq(new Date(Number.NaN))).toThrow(
      expect.objectContaining({ code: "expression-invalid" }),
    );
  });

  it("an expression that would become enormous in SQL is refused", async () => {
    let expression = F("extra.a b");
    for (let depth = 0; depth < 45; depth++) expression = expression.toNumber().min(1);
    await expect(all.match(expression.eq(1)).count()).rejects.toMatchObject({
      code: "limit-exceeded",
    });
  });

  it("names in hostile paths are never SQL", async () => {
    const path = `x" FROM samples; DROP TABLE samples; --`;
    await expect(all.match(F(path).eq(1)).count()).rejects.toMatchObject({
      code: "field-not-found",
    });
    await expect(all.exists(path).count()).rejects.toMatchObject({ code: "field-not-found" });
    expect(await numbers(all.match(F(`extra.${path}`).eq(1)))).toEqual([]);
    expect(await all.count()).toBe(4);
  });
});
