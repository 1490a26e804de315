import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { version } from "../src/version.ts";

test("version is that of all packages", () => {
  for (const name of ["engine", "milvus", "redkite"]) {
    const url = new URL(`../../${name}/package.json`, import.meta.url);
    expect(JSON.parse(readFileSync(url, "utf8")).version).toBe(version);
  }
});
