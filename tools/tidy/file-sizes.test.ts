import { expect, it } from "vitest";
import { checkFileSizes } from "./file-sizes.ts";
import { formatProblem } from "./problem.ts";
import { repositoryOf } from "./repository.ts";

it("checkFileSizes() finds code of more than 500 lines, and nothing else", () => {
  const repository = repositoryOf({
    "long.ts": "x\n".repeat(501),
    "full.ts": "x\n".repeat(500),
    "long.md": "x\n".repeat(501),
  });
  expect(checkFileSizes(repository).map(formatProblem)).toEqual([
    expect.stringMatching(/^long.ts:501 .*501 lines/),
  ]);
});
