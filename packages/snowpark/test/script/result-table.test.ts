import { expect, test } from "vitest";
import { resultTable } from "../../src/script/result-table.ts";

test("resultTable draws a table in which nothing moves the terminal", () => {
  const table = resultTable({
    queryId: "",
    columns: ["NAME", "1", "NAME"],
    rows: [
      { name: "a\nb\u001b[31m", "1": null, name_2: "x".repeat(150) },
      { name: "c", "1": "long enough", name_2: "y" },
    ],
  });
  expect(table.split("\n").map((line) => line.slice(0, 41))).toEqual([
    "+--------------+-------------+-----------",
    "| NAME         | 1           | NAME      ",
    "|--------------+-------------+-----------",
    "| a\\nb\\x1b[31m | NULL        | xxxxxxxxxx",
    "| c            | long enough | y         ",
    "+--------------+-------------+-----------",
  ]);
  expect(table).toContain(`${"x".repeat(99)}… |`);
});

test("resultTable draws a long result", () => {
  const rows = Array.from({ length: 200_000 }, (_, row) => ({ v: String(row) }));
  const table = resultTable({ queryId: "", columns: ["V"], rows });
  expect(table.slice(-20)).toBe("| 199999 |\n+--------+".slice(-20));
});

test("resultTable draws a result without rows or columns", () => {
  expect(resultTable({ queryId: "", columns: [], rows: [] })).toBe("++\n|  |\n||\n++");
});
