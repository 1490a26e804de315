import { expect, it } from "vitest";
import { resolveImport } from "./import-targets.ts";
import { findImports } from "./imports.ts";
import { RepositoryFile } from "./repository.ts";
import { readSource } from "./source-code.ts";

it("findImports() finds all the ways to refer to a file, in order", () => {
  const text = `
    import a from "./a.ts";
    import type { B } from './b.ts';
    import {
      c,
      type C,
    } from "./c.ts";
    import "./d.ts";
    export { e } from "./e.ts";
    const f = await import("./f.ts");
    const g = new Worker(new URL("./g.ts", import.meta.url));
    // import h from "./h.ts";
    const i = 'import i from "./i.ts"';
    export const j = "./j.ts";
  `;
  const found = findImports(readSource(text)).map(({ specifier }) => specifier);
  expect(found).toEqual([..."abcdefg"].map((name) => `./${name}.ts`));
});

it.each([
  ["packages/a/src/x/y.ts", "../z.ts", "packages/a/src/z.ts"],
  ["packages/a/bin/a.js", "../dist/cli/main.js", "packages/a/src/cli/main.ts"],
  ["packages/a/src/x.ts", "node:fs", undefined],
])("resolveImport() from %s of %s is %s", (path, specifier, target) => {
  expect(resolveImport(new RepositoryFile(path, ""), specifier)).toBe(target);
});
