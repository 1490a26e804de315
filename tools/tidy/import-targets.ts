import { posix } from "node:path";
import type { Import } from "./imports.ts";
import type { Repository, RepositoryFile } from "./repository.ts";

/**
 * The path that a relative specifier means, or `undefined` for a package. Compiled code in `dist`
 * stands for its source.
 */
export function resolveImport(file: RepositoryFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = posix.join(posix.dirname(file.path), specifier);
  return path.replace(/\/dist\/(.*)\.js$/, "/src/$1.ts");
}

/** The files of the repository that a file refers to, without those that are generated. */
export function importedFiles(
  repository: Repository,
  file: RepositoryFile,
): { target: RepositoryFile; import: Import }[] {
  return file.imports.flatMap((entry) => {
    const path = resolveImport(file, entry.specifier);
    const target = path === undefined ? undefined : repository.get(path);
    return target === undefined ? [] : [{ target, import: entry }];
  });
}
