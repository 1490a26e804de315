import { importedFiles } from "./import-targets.ts";
import type { Problem } from "./problem.ts";
import type { Repository, RepositoryFile } from "./repository.ts";

/**
 * Files that import each other in a circle can only be understood all at once. Imports of types
 * count too: they vanish from the code, not from the reader's way.
 */
export function checkImportCycles(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  const finished = new Set<RepositoryFile>();
  const path: RepositoryFile[] = [];

  const visit = (file: RepositoryFile): void => {
    path.push(file);
    for (const { target, import: entry } of importedFiles(repository, file)) {
      const start = path.indexOf(target);
      if (start !== -1) {
        const names = [...path.slice(start), target].map((member) => member.path.split("/").at(-1));
        problems.push({
          path: file.path,
          line: file.lineAt(entry.offset),
          rule: `Imports go in a circle: ${names.join(" > ")}`,
          remedy: "Move what both sides need into a file of its own",
        });
      } else if (!finished.has(target)) {
        visit(target);
      }
    }
    path.pop();
    finished.add(file);
  };

  for (const file of repository.values()) {
    if (file.isCode && !finished.has(file)) visit(file);
  }
  return problems;
}
