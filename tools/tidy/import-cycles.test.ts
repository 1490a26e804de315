import { expect, it } from "vitest";
import { checkImportCycles } from "./import-cycles.ts";
import { formatProblem } from "./problem.ts";
import { repositoryOf } from "./repository.ts";

it("checkImportCycles() names each circle once, also one of types", () => {
  const repository = repositoryOf({
    "src/a.ts": 'import { b } from "./b.ts";',
    "src/b.ts": 'import { c } from "./c.ts";\nimport { d } from "./d.ts";',
    "src/c.ts": '\nimport type { A } from "./a.ts";',
    "src/d.ts": 'import { c } from "./c.ts";',
  });
  expect(checkImportCycles(repository).map(formatProblem)).toEqual([
    expect.stringMatching(/^src\/c.ts:2 .*a.ts > b.ts > c.ts > a.ts/),
  ]);
});

it("checkImportCycles() lets two files import a third", () => {
  const repository = repositoryOf({
    "src/a.ts": 'import { b } from "./b.ts";\nimport { c } from "./c.ts";',
    "src/b.ts": 'import { c } from "./c.ts";',
    "src/c.ts": "",
  });
  expect(checkImportCycles(repository)).toEqual([]);
});
