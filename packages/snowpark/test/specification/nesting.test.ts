import { expect, test } from "vitest";
import { nestsTooDeeply } from "../../src/specification/nesting.ts";

test.each([
  "[".repeat(200),
  "{a: ".repeat(200),
  "- ".repeat(200),
  "a: []\n".repeat(10_000),
  `a: ${"]".repeat(300)}`,
])("nestsTooDeeply() lets %.20s pass", (text) => {
  expect(nestsTooDeeply(text)).toBe(false);
});

test.each([
  "[".repeat(201),
  "{a: ".repeat(201),
  `x: 1\n${"- ".repeat(201)}1`,
  "? ".repeat(201),
  "[{".repeat(131_072),
])("nestsTooDeeply() stops %.20s", (text) => {
  expect(nestsTooDeeply(text)).toBe(true);
});
