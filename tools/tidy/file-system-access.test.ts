import { expect, it } from "vitest";
import { checkFileSystemAccess } from "./file-system-access.ts";
import { repositoryOf } from "./repository.ts";

it("checkFileSystemAccess() finds node:fs outside the files that may touch the disk", () => {
  const text = 'import { readFile } from "node:fs/promises";';
  const repository = repositoryOf({
    "packages/engine/src/storage/node-file-system.ts": text,
    "packages/engine/src/storage/manifest.ts": text,
    "packages/engine/src/query/plan.ts": 'const fs = await import("fs");',
    "packages/engine/test/storage/manifest.test.ts": text,
    "packages/redkite/src/cli/main.ts": text,
    "tools/build.mjs": text,
  });
  expect(checkFileSystemAccess(repository).map(({ path }) => path)).toEqual([
    "packages/engine/src/storage/manifest.ts",
    "packages/engine/src/query/plan.ts",
  ]);
});
