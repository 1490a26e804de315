import { describe, expect, it } from "vitest";
import { formatTable } from "../../src/demo/text-table.ts";

const columns = [
  { title: "score", alignRight: true },
  { title: "name", widthMax: 6 },
  { title: "text" },
];

describe("formatTable()", () => {
  it("aligns columns and gives the last one the rest of the line", () => {
    const rows = [
      ["0.5", "kite", "a bird of prey with a forked tail"],
      ["12.25", "chough", "short"],
    ];
    expect(formatTable(columns, rows, 30)).toEqual([
      "score  name    text",
      "  0.5  kite    a bird of prey…",
      "12.25  chough  short",
    ]);
  });

  it("ends what is too long in an ellipsis", () => {
    expect(formatTable(columns, [["1", "sparrowhawk", "x"]], 30)[1]).toBe("    1  sparr…  x");
  });

  it("keeps columns as narrow as their cells", () => {
    expect(formatTable([{ title: "a" }, { title: "b" }], [["1", "2"]], 80)).toEqual([
      "a  b",
      "1  2",
    ]);
  });

  it("counts two columns for East Asian characters and none for combining marks", () => {
    const rows = [
      ["鳶鳶", "x"],
      ["e\u0301e\u0301", "y"],
    ];
    expect(formatTable([{ title: "a" }, { title: "b" }], rows, 80)).toEqual([
      "a     b",
      "鳶鳶  x",
      "e\u0301e\u0301    y",
    ]);
    expect(formatTable([{ title: "a" }], [["鳶鳶鳶"]], 5)[1]).toBe("鳶鳶…");
  });

  it("lets no control character and no emoji of a cell through", () => {
    expect(formatTable([{ title: "a" }], [["\x1b[31mred\r\n🪁 kite ❤️"]], 80)[1]).toBe(
      "[31mred kite",
    );
  });
});
