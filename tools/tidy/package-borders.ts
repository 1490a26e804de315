import { resolveImport } from "./import-targets.ts";
import { packageLadder, rungOf } from "./ladder.ts";
import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

/**
 * A package is entered by its name, and only from packages behind it in the ladder. npm links every
 * workspace into one `node_modules`, so nothing but this check stops an import against the ladder.
 * Only a benchmark may look inside: what it measures is mostly not exported.
 */
export function checkPackageBorders(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const file of repository.values()) {
    if (!file.isCode) continue;
    const home = homeOf(file.path);
    for (const { offset, specifier, isImport } of file.imports) {
      if (!isImport) continue;
      const place = { path: file.path, line: file.lineAt(offset) };
      const target = resolveImport(file, specifier);
      const foreign = packageNamed(specifier);
      if (target !== undefined && homeOf(target) !== home && home !== "bench") {
        problems.push({
          ...place,
          rule: `"${specifier}" leaves ${home}: a relative import stays in its package`,
          remedy: "Import the other package by its name, and export there what is missing",
        });
      } else if (foreign !== undefined && !mayImport(home, foreign)) {
        problems.push({
          ...place,
          rule: `${home} imports "${specifier}", which is not before it in the package ladder`,
          remedy: "Move the code down to where both may use it (tools/tidy/ladder.ts)",
        });
      }
    }
  }
  return problems;
}

/** The workspace that a path belongs to: "packages/engine", "bench", or "" for the root. */
function homeOf(path: string): string {
  return /^(?:packages\/[^/]+|[^/]+(?=\/))/.exec(path)?.[0] ?? "";
}

/** The folder of the package of ours that a specifier names. */
function packageNamed(specifier: string): string | undefined {
  const scoped = /^@redkite\/([^/]+)/.exec(specifier)?.[1];
  return scoped ?? (/^redkite(?:\/|$)/.test(specifier) ? "redkite" : undefined);
}

/** What is not a package (bench, conformance, tools) stands above them all. */
function mayImport(home: string, name: string): boolean {
  const [, own] = /^packages\/(.+)$/.exec(home) ?? [];
  if (own === undefined || own === name) return true;
  const from = rungOf(packageLadder, own);
  const to = rungOf(packageLadder, name);
  return from !== undefined && to !== undefined && to < from;
}
