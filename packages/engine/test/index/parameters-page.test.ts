import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { vectorIndexTypes } from "../../src/index/vector-index-type.ts";

const page = readFileSync(new URL("../../../../docs/indexes.md", import.meta.url), "utf8");

describe("docs/indexes.md", () => {
  it.each(Object.entries(vectorIndexTypes))("names %s and all its parameters", (name, type) => {
    for (const word of [name, ...Object.keys(type.build), ...Object.keys(type.search)]) {
      expect(page).toContain(`\`${word}\``);
    }
  });
});
