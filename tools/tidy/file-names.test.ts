import { expect, it } from "vitest";
import { checkFileNames } from "./file-names.ts";
import { repositoryOf } from "./repository.ts";

it("checkFileNames() finds vague files and folders, not names that contain such a word", () => {
  const paths = ["src/utils.ts", "src/core/a.ts", "test/helpers.test.ts", "src/data-type.ts"];
  const repository = repositoryOf(Object.fromEntries(paths.map((path) => [path, ""])));
  expect(checkFileNames(repository).map(({ path }) => path)).toEqual(paths.slice(0, 3));
});
