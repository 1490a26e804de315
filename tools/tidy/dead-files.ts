import { importedFiles } from "./import-targets.ts";
import type { Problem } from "./problem.ts";
import type { Repository, RepositoryFile } from "./repository.ts";

/** Sources that only tests use so far, or by design: files, and folders with a slash at the end. */
const exceptions: readonly { readonly path: string; readonly why: string }[] = [
  {
    path: "packages/engine/src/filter/evaluate-row.ts",
    why: "the slow and obvious evaluator that the fast one is compared with",
  },
  {
    path: "packages/engine/src/filter/print-expression.ts",
    why: "shows tests how the parser understood an expression",
  },
  {
    path: "packages/engine/src/index/binary/",
    why: "waits for fields of binary vectors",
  },
  {
    path: "packages/engine/src/index/minhash/",
    why: "waits for fields of binary vectors",
  },
  {
    path: "packages/engine/src/index/sparse/",
    why: "waits for fields of sparse vectors",
  },
];

/**
 * Every source file of a package is reached from its entry points: what `exports` and `bin` of its
 * package.json name. Every other file of code is a test, or is reached from a test, or is named by
 * a file that starts it (a script, another program) or that tells people how to.
 */
export function checkDeadFiles(repository: Repository): Problem[] {
  const files = [...repository.values()].filter((file) => file.isCode);
  const alive = new Set<RepositoryFile>();
  const reach = (file: RepositoryFile): void => {
    if (alive.has(file)) return;
    alive.add(file);
    for (const { target } of importedFiles(repository, file)) reach(target);
  };

  for (const path of entryPaths(repository)) {
    const file = repository.get(path);
    if (file !== undefined) reach(file);
  }
  for (const file of files) if (isException(file.path)) reach(file);
  const inSource = files.filter((file) => isPackageSource(file.path));
  const deadSources = inSource.filter((file) => !alive.has(file));

  // Beyond the packages' sources, only now: a test does not make the code that it tests alive.
  for (const file of files) {
    if (!isPackageSource(file.path) && isStarted(repository, file)) reach(file);
  }
  const deadOthers = files.filter((file) => !isPackageSource(file.path) && !alive.has(file));

  return [...deadSources, ...deadOthers].map((file) => ({
    path: file.path,
    line: 1,
    rule: "Nothing that runs imports this file",
    remedy: "Delete it, or import it where it is needed",
  }));
}

function isException(path: string): boolean {
  return exceptions.some((exception) =>
    exception.path.endsWith("/") ? path.startsWith(exception.path) : path === exception.path,
  );
}

function isPackageSource(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path);
}

/** The files that package.json names as doors into a package. */
function entryPaths(repository: Repository): string[] {
  const paths: string[] = [];
  for (const [path, file] of repository) {
    const folder = /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    for (const [, target] of file.text.matchAll(/"\.?\/?((?:src|bin)\/[^"]+\.[jt]s)"/g)) {
      paths.push(`${folder}/${target}`);
    }
  }
  return paths;
}

/** Whether it is a test or configuration, its head says how to start it, or another file names it. */
function isStarted(repository: Repository, file: RepositoryFile): boolean {
  if (/\.(test|config)\.m?ts$/.test(file.path)) return true;
  if (file.text.includes(`node ${file.path}`)) return true;
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  return [...repository.values()].some((other) => other !== file && other.text.includes(name));
}
