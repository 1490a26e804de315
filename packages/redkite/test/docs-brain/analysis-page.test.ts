// The program of docs/brain/analysis.md prints what the page says.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logger } from "@zilliz/milvus2-sdk-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pagePrograms } from "./page-programs.ts";
import { runProgram } from "./run-program.ts";

logger.level = "silent";

const page = readFileSync(new URL("../../../../docs/brain/analysis.md", import.meta.url), "utf8");

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "redkite-analysis-page-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

it("docs/brain/analysis.md is one program, which prints what the page says", async () => {
  const programs = pagePrograms(page);
  expect(programs).toHaveLength(1);
  const [program] = programs;
  const place = { home, variables: {}, addresses: {} };
  expect(await runProgram(program, place)).toEqual(program.output);
}, 120_000);
