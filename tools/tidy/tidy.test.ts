// The house rules, held against the repository. Each rule has its own file and its own test.
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { checkBannedCode } from "./banned-code.ts";
import { checkDeadFiles } from "./dead-files.ts";
import { checkFileNames } from "./file-names.ts";
import { checkFileSizes } from "./file-sizes.ts";
import { checkFileSystemAccess } from "./file-system-access.ts";
import { checkFolderLadders } from "./folder-ladders.ts";
import { checkImportCycles } from "./import-cycles.ts";
import { checkLocalTraces } from "./local-traces.ts";
import { checkMarkdownLinks } from "./markdown-links.ts";
import { checkPackageBorders } from "./package-borders.ts";
import { checkPackageReadmes } from "./package-readmes.ts";
import { formatProblem } from "./problem.ts";
import { readRepository } from "./repository.ts";

const repository = readRepository(fileURLToPath(new URL("../..", import.meta.url)));

it.each([
  ["has no code that Biome and tsc wrongly let pass", checkBannedCode],
  ["has no file that nothing uses", checkDeadFiles],
  ["names files after their subject", checkFileNames],
  ["keeps files short", checkFileSizes],
  ["touches the disk in few places", checkFileSystemAccess],
  ["builds folders on those before them", checkFolderLadders],
  ["has no imports in a circle", checkImportCycles],
  ["names no machine and no registry", checkLocalTraces],
  ["links to what is there", checkMarkdownLinks],
  ["builds packages on those before them", checkPackageBorders],
  ["has a README in each package", checkPackageReadmes],
])("The repository %s", (_name, check) => {
  expect(check(repository).map(formatProblem)).toEqual([]);
});
