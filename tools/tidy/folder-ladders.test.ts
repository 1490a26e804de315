import { expect, it } from "vitest";
import { checkFolderLadders } from "./folder-ladders.ts";
import { formatProblem } from "./problem.ts";
import { repositoryOf } from "./repository.ts";

it("checkFolderLadders() finds imports up, to the same rung, and folders without a place", () => {
  const repository = repositoryOf({
    "packages/engine/src/base/a.ts": 'import type { B } from "../query/b.ts";',
    "packages/engine/src/query/b.ts": 'import { a } from "../base/a.ts";',
    "packages/engine/src/workers/c.ts": 'import { d } from "../segment/d.ts";',
    "packages/engine/src/segment/d.ts": 'import { e } from "./e.ts";',
    "packages/engine/src/segment/e.ts": "",
    "packages/engine/src/cellar/f.ts": "",
  });
  expect(checkFolderLadders(repository).map(formatProblem)).toEqual([
    expect.stringMatching(/^packages\/engine\/src\/base\/a.ts:1 {2}base imports query/),
    expect.stringMatching(/^packages\/engine\/src\/workers\/c.ts:1 {2}workers imports segment/),
    expect.stringMatching(/^packages\/engine\/src\/cellar\/f.ts:1 {2}"cellar" has no place/),
  ]);
});
