// The programs of docs/brain compile, by strict settings, against what redkite/brain declares.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pagePrograms } from "./page-programs.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const pages = ["milvus.md", "analysis.md"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "redkite-milvus-page-types-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the compiler says of the programs; not of the sources, which the build is there for. */
async function complaintsOf(programs: readonly string[]): Promise<string> {
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023", "dom"],
    module: "nodenext",
    customConditions: ["@redkite/source"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    noUncheckedIndexedAccess: false,
    noPropertyAccessFromIndexSignature: true,
    noUnusedLocals: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    paths: { "redkite/brain": [join(root, "packages/redkite/src/brain.ts")] },
  };
  const files = programs.map((_, i) => `program-${i}.ts`);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  for (const [i, code] of programs.entries()) await writeFile(join(folder, files[i]), code);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return await new Promise((resolve) => {
    execFile(process.execPath, [tsc, "-p", folder], { cwd: folder }, (_error, stdout) => {
      resolve(
        stdout
          .split("\n")
          .filter((line) => line.startsWith("program-"))
          .join("\n"),
      );
    });
  });
}

it("docs/brain has programs that compile, and one that does not would be told", async () => {
  const programs = pages
    .map((page) => readFileSync(join(root, "docs/brain", page), "utf8"))
    .flatMap((text) => pagePrograms(text).map(({ code }) => code));
  const wrong = 'import { F } from "redkite/brain";\nF(1);\n';
  const complaints = await complaintsOf([...programs, wrong]);
  expect(complaints.split("\n")).toEqual([
    expect.stringMatching(`^program-${programs.length}\\.ts\\(2,3\\): error TS2345`),
  ]);
});
