import { importedFiles } from "./import-targets.ts";
import { folderLadders, rungOf } from "./ladder.ts";
import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

/** Inside a package too, a folder is built only on those before it. */
export function checkFolderLadders(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const file of repository.values()) {
    const from = placeOf(file.path);
    const ladder = from === undefined ? undefined : folderLadders[from.package];
    if (!file.isCode || from === undefined || ladder === undefined) continue;
    const fromRung = rungOf(ladder, from.folder);
    if (fromRung === undefined) {
      problems.push({
        path: file.path,
        line: 1,
        rule: `"${from.folder}" has no place in the ladder of ${from.package}`,
        remedy: "Give it one in tools/tidy/ladder.ts, or move the file where it belongs",
      });
      continue;
    }
    for (const { target, import: entry } of importedFiles(repository, file)) {
      const to = placeOf(target.path);
      if (to === undefined || to.package !== from.package || to.folder === from.folder) continue;
      const toRung = rungOf(ladder, to.folder);
      if (toRung === undefined || toRung < fromRung) continue;
      problems.push({
        path: file.path,
        line: file.lineAt(entry.offset),
        rule: `${from.folder} imports ${to.folder}, which is not before it in the ladder of ${from.package}`,
        remedy: "Move the code down, or pass it in as a parameter (tools/tidy/ladder.ts)",
      });
    }
  }
  return problems;
}

function placeOf(path: string): { package: string; folder: string } | undefined {
  const [, name, folder] = /^packages\/([^/]+)\/src\/([^/]+)/.exec(path) ?? [];
  return name === undefined ? undefined : { package: name, folder };
}
