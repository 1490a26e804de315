import type { SourceCode } from "./source-code.ts";

export interface Import {
  readonly offset: number;
  readonly specifier: string;
  /** Whether code is imported. Else it is a URL, which names a file without importing it. */
  readonly isImport: boolean;
}

const forms = [
  /\b(?:import|export)\s+[\w*{}\s,$]*?\bfrom\s*["'](?<specifier>[^"'\n]+)["']/g,
  /\bimport\s*\(?\s*["'](?<specifier>[^"'\n]+)["']/g,
  // A worker, or a file that is read beside the code.
  /\bnew\s+(?<url>URL)\(\s*["'](?<specifier>\.[^"'\n]+)["']/g,
];

/** What a file refers to: imports, re-exports, dynamic imports and URLs relative to itself. */
export function findImports(source: SourceCode): Import[] {
  const imports: Import[] = [];
  for (const form of forms) {
    for (const match of source.code.matchAll(form)) {
      // In a string: a sample of code, not code.
      if (source.bare[match.index] === " ") continue;
      const { specifier, url } = match.groups ?? {};
      imports.push({ offset: match.index, specifier, isImport: url === undefined });
    }
  }
  return imports.sort((a, b) => a.offset - b.offset);
}
