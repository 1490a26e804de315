import { describe, expect, it } from "vitest";
import { checkBannedCode } from "./banned-code.ts";
import { repositoryOf } from "./repository.ts";

describe("checkBannedCode()", () => {
  it.each([
    ["a cast over unknown", "const a = b as unknown as C;"],
    ["a cast to any", "const a = b as any;"],
    ["a parameter of any", "function f(a: any) {}"],
    ["a type argument of any", "const a: Array<any> = [];"],
    ["a non-null assertion", "const a = b.c!.d;"],
    ["a non-null assertion on a call", "f(b()!);"],
    ["a re-export of everything", 'export * from "./a.ts";'],
    ["a mock", 'vi.mock("./a.ts");'],
    ["a lonely test", 'it.only("works", () => {});'],
    ["a switched off check", "// @ts-ignore\na.b();"],
    ["an expected error", "// @ts-expect-error\na.b();"],
    ["a lint rule off without a reason", "// biome-ignore lint/suspicious/noExplicitAny:\na();"],
    ["a lint rule off with a blank form", "// biome-ignore lint/a/b: <explanation>\na();"],
    ["a note", `// ${"TO"}DO: later`],
    ["decoration", "// -----------------\na();"],
    ["a framed title", "/* ======== Title ======== */\na();"],
  ])("finds %s", (_name, text) => {
    const problems = checkBannedCode(repositoryOf({ "src/a.ts": text }));
    expect(problems).toEqual([expect.objectContaining({ path: "src/a.ts", line: 1 })]);
  });

  it.each([
    ["words in a string", 'const a = "as unknown as any! TODO";'],
    ["a comparison", "if (a !== b && !c) d();"],
    ["a lint rule off with a reason", "// biome-ignore lint/a/b: the API asks for it\na();"],
    ["any as a word", "// any of them\nexpect.any(Number);"],
    ["a namespace import", 'import * as a from "./a.ts";'],
    ["a table in a comment", "// a | b\n// --|--\n// 1 | 2"],
  ])("lets %s pass", (_name, text) => {
    expect(checkBannedCode(repositoryOf({ "src/a.ts": text }))).toEqual([]);
  });

  it("lets tests claim what they set up themselves", () => {
    const text = "// @ts-expect-error a number\na.b!.c();";
    expect(checkBannedCode(repositoryOf({ "packages/a/test/a.test.ts": text }))).toEqual([]);
  });
});
