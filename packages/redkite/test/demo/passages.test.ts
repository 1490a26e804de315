import { describe, expect, it } from "vitest";
import { passagesOf } from "../../src/demo/passages.ts";

const sentence =
  "A sentence that is long enough to stand for itself, with eighty characters and more.";
const readme = (name: string, sections: number): { packageName: string; markdown: string } => ({
  packageName: name,
  markdown: Array.from({ length: sections }, (_, i) => `# ${i}\n${sentence}`).join("\n\n"),
});

describe("passagesOf()", () => {
  it("takes the first passage of each README before the second of any", () => {
    const passages = passagesOf([readme("a", 3), readme("b", 1), readme("c", 2)]);
    const places = passages.map(({ packageName, heading }) => packageName + heading);
    expect(places).toEqual(["a0", "b0", "c0", "a1", "c1", "a2"]);
  });

  it("gives a passage the same id on each run, and each its own", () => {
    const first = passagesOf([readme("a", 2), readme("b", 2)]);
    const again = passagesOf([readme("b", 2)]);
    expect(new Set(first.map(({ id }) => id)).size).toBe(4);
    expect(again).toEqual(first.filter(({ packageName }) => packageName === "b"));
  });

  it("keeps one of passages that are equal in all", () => {
    const twice = { packageName: "a", markdown: `# Use\n${sentence}\n# Use\n${sentence}` };
    expect(passagesOf([twice])).toHaveLength(1);
  });

  it("puts what stands above the first heading under the name of the package", () => {
    expect(passagesOf([{ packageName: "a", markdown: sentence }])[0].heading).toBe("a");
  });

  it("answers none for no READMEs", () => {
    expect(passagesOf([])).toEqual([]);
  });
});
