import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findImports, type Import } from "./imports.ts";
import { readSource, type SourceCode } from "./source-code.ts";

/** A file of the repository. `path` is relative to its root, with `/`. */
export class RepositoryFile {
  readonly path: string;
  readonly text: string;
  #source: SourceCode | undefined;
  #imports: readonly Import[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** The file's code and comments. For TypeScript and JavaScript. */
  get source(): SourceCode {
    this.#source ??= readSource(this.text);
    return this.#source;
  }

  get imports(): readonly Import[] {
    this.#imports ??= findImports(this.source);
    return this.#imports;
  }

  /** Whether it is TypeScript or JavaScript that Node runs. */
  get isCode(): boolean {
    return /\.m?[jt]s$/.test(this.path) && !this.path.includes("/assembly/");
  }

  get isMarkdown(): boolean {
    return this.path.endsWith(".md");
  }

  /** The number of the line that `offset` is in. */
  lineAt(offset: number): number {
    let line = 1;
    for (
      let i = this.text.indexOf("\n");
      i !== -1 && i < offset;
      i = this.text.indexOf("\n", i + 1)
    ) {
      line++;
    }
    return line;
  }
}

/** The files that belong to the repository, by path. */
export type Repository = ReadonlyMap<string, RepositoryFile>;

/** A repository of the given texts by path. For tests. */
export function repositoryOf(texts: Readonly<Record<string, string>>): Repository {
  const entries = Object.entries(texts);
  return new Map(entries.map(([path, text]) => [path, new RepositoryFile(path, text)]));
}

/** What is committed at `root`, or would be with the next commit: what git does not ignore. */
export function readRepository(root: string): Repository {
  const output = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const files = new Map<string, RepositoryFile>();
  for (const path of output
    .split("\0")
    .filter((name) => name !== "")
    .sort()) {
    const text = readText(join(root, path));
    if (text !== undefined) files.set(path, new RepositoryFile(path, text));
  }
  return files;
}

/** The file's text, or `undefined` when git lists it but it was deleted. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
