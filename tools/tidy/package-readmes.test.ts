import { expect, it } from "vitest";
import { checkPackageReadmes } from "./package-readmes.ts";
import { repositoryOf } from "./repository.ts";

it("checkPackageReadmes() finds packages without a README, or with one that shows no code", () => {
  const repository = repositoryOf({
    "packages/a/package.json": "",
    "packages/b/package.json": "",
    "packages/b/README.md": "# b",
    "packages/c/package.json": "",
    "packages/c/README.md": "# c\n```ts\nc();\n```",
    "tools/package.json": "",
  });
  expect(checkPackageReadmes(repository).map(({ path }) => path)).toEqual([
    "packages/a/README.md",
    "packages/b/README.md",
  ]);
});
