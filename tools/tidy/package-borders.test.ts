import { expect, it } from "vitest";
import { checkPackageBorders } from "./package-borders.ts";
import { formatProblem } from "./problem.ts";
import { repositoryOf } from "./repository.ts";

it("checkPackageBorders() finds imports up the ladder and past a package's door", () => {
  const repository = repositoryOf({
    "packages/engine/src/a.ts": '\nimport { b } from "@redkite/milvus";',
    "packages/milvus/src/a.ts": 'import { b } from "../../engine/src/b.ts";',
    "packages/app/src/a.ts": 'import { b } from "@redkite/snowpark/x";',
    "conformance/a.mjs": 'import { b } from "../packages/engine/src/b.ts";',
  });
  expect(checkPackageBorders(repository).map(formatProblem)).toEqual([
    expect.stringMatching(/^packages\/engine\/src\/a.ts:2 .*"@redkite\/milvus".*ladder/),
    expect.stringMatching(/^packages\/milvus\/src\/a.ts:1 .*leaves packages\/milvus/),
    expect.stringMatching(/^packages\/app\/src\/a.ts:1 .*"@redkite\/snowpark\/x".*ladder/),
    expect.stringMatching(/^conformance\/a.mjs:1 .*leaves conformance/),
  ]);
});

it("checkPackageBorders() lets pass what goes down the ladder or stays at home", () => {
  const repository = repositoryOf({
    "packages/milvus/src/a.ts":
      'import { b } from "@redkite/engine";\nimport c from "redkitemoon";',
    "packages/milvus/test/a.test.ts": 'import { b } from "../src/b.ts";',
    "packages/redkite/src/a.ts": 'import { b } from "@redkite/milvus/client";',
    "conformance/a.mjs": 'import { b } from "redkite";',
    "bench/a.mjs": 'import { b } from "../packages/engine/dist/b.js";',
    "tools/a.mjs": 'const root = new URL("..", import.meta.url);',
  });
  expect(checkPackageBorders(repository)).toEqual([]);
});
