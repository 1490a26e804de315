import { posix } from "node:path";
import type { Problem } from "./problem.ts";
import type { Repository, RepositoryFile } from "./repository.ts";

/** A link that leads nowhere is a promise that nobody keeps. Links to other sites are not followed. */
export function checkMarkdownLinks(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const file of repository.values()) {
    if (!file.isMarkdown) continue;
    for (const { line, target } of linksOf(file)) {
      const fault = faultOf(repository, file, target);
      if (fault === undefined) continue;
      problems.push({
        path: file.path,
        line,
        rule: fault,
        remedy: "Correct the link, or remove it",
      });
    }
  }
  return problems;
}

function faultOf(repository: Repository, file: RepositoryFile, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [path, anchor] = decodeURI(target).split("#");
  const full = path === "" ? file.path : posix.join(posix.dirname(file.path), path);
  const linked = repository.get(full);
  if (linked === undefined) {
    const folder = full.endsWith("/") ? full : `${full}/`;
    const isFolder = [...repository.keys()].some((name) => name.startsWith(folder));
    return isFolder ? undefined : `"${target}" links to nothing in the repository`;
  }
  if (anchor === undefined || anchor === "" || !linked.isMarkdown) return undefined;
  return anchorsOf(linked).has(anchor)
    ? undefined
    : `"${target}" names a heading that is not there`;
}

/** The lines that are not code, with code between backticks blanked. */
function* proseOf(file: RepositoryFile): Generator<{ line: number; text: string }> {
  let fence: string | undefined;
  for (const [i, text] of file.text.split("\n").entries()) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(text)?.[1];
    if (fence === undefined) {
      fence = mark;
      if (mark === undefined) yield { line: i + 1, text };
    } else if (mark?.startsWith(fence) === true) {
      fence = undefined;
    }
  }
}

function* linksOf(file: RepositoryFile): Generator<{ line: number; target: string }> {
  for (const { line, text } of proseOf(file)) {
    const prose = text.replace(/`[^`]*`/g, (code) => " ".repeat(code.length));
    for (const [, target] of prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)) {
      yield { line, target };
    }
    const definition = /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/.exec(prose)?.[1];
    if (definition !== undefined) yield { line, target: definition };
  }
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: RepositoryFile): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of proseOf(file)) {
    const title = /^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/.exec(text)?.[1];
    if (title === undefined) continue;
    const words = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let anchor = slug;
    for (let i = 1; anchors.has(anchor); i++) anchor = `${slug}-${i}`;
    anchors.add(anchor);
  }
  return anchors;
}
