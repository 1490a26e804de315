import { expect, it } from "vitest";
import { checkDeadFiles } from "./dead-files.ts";
import { repositoryOf } from "./repository.ts";

it("checkDeadFiles() finds sources that no entry point reaches, and orphans elsewhere", () => {
  const repository = repositoryOf({
    "packages/a/package.json":
      '{ "bin": "bin/a.js", "exports": { "@redkite/source": "./src/index.ts" } }',
    "packages/a/bin/a.js": 'import "../dist/cli/main.js";',
    "packages/a/src/index.ts": 'export { b } from "./b.ts";',
    "packages/a/src/b.ts": 'new Worker(new URL("./worker.ts", import.meta.url));',
    "packages/a/src/worker.ts": "",
    "packages/a/src/cli/main.ts": "",
    "packages/a/src/tested-only.ts": "",
    "packages/a/test/tested-only.test.ts":
      'import "../src/tested-only.ts";\nimport "./kit/used.ts";',
    "packages/a/test/kit/used.ts": "",
    "packages/a/test/kit/unused.ts": "",
    "tools/build.mjs": "",
    "tools/forgotten.mjs": "",
    "bench/scan.mjs": "// Run: node bench/scan.mjs",
    "package.json": '{ "scripts": { "build": "node tools/build.mjs" } }',
    "vitest.config.ts": "",
  });
  expect(checkDeadFiles(repository).map(({ path }) => path)).toEqual([
    "packages/a/src/tested-only.ts",
    "packages/a/test/kit/unused.ts",
    "tools/forgotten.mjs",
  ]);
});
