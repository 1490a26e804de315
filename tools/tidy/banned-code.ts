import type { Problem } from "./problem.ts";
import type { Repository, RepositoryFile } from "./repository.ts";

interface Ban {
  readonly pattern: RegExp;
  /** Where to look: the code without strings, or the comments. */
  readonly within: "code" | "comments";
  /** Whether tests may. */
  readonly allowedInTests?: true;
  readonly rule: string;
  readonly remedy: string;
}

/** What Biome and tsc let pass. */
const bans: readonly Ban[] = [
  {
    pattern: /\bas\s+unknown\s+as\b/,
    within: "code",
    allowedInTests: true,
    rule: '"as unknown as" turns the type checker off',
    remedy: "Check the value, or give it its type where it is made",
  },
  {
    pattern: /(?:\bas|<|:|\|)\s*any\b(?!\s*\()/,
    within: "code",
    rule: '"any" turns the type checker off for all that touches it',
    remedy: 'Use the type, or "unknown" and a check',
  },
  {
    pattern: /[\w)\]]!(?=[.;,)\][}])/,
    within: "code",
    allowedInTests: true,
    rule: '"!" claims that a value is there without a reason',
    remedy: "Use must(value, reason), or narrow the type",
  },
  {
    pattern: /\bexport\s+\*/,
    within: "code",
    rule: '"export *" hides what a file offers',
    remedy: "Name the exports",
  },
  {
    pattern: /\bvi\s*\.\s*(?:mock|doMock)\b/,
    within: "code",
    rule: "A mocked module is tested against our idea of it",
    remedy: "Pass a real or a memory implementation as a parameter",
  },
  {
    pattern: /\b(?:describe|it|test)\.only\b/,
    within: "code",
    rule: '".only" silences the other tests',
    remedy: "Remove it",
  },
  {
    pattern: /@ts-(?:ignore|nocheck)\b/,
    within: "comments",
    rule: "The comment turns the type checker off",
    remedy: "Fix the type",
  },
  {
    pattern: /@ts-expect-error\b/,
    within: "comments",
    allowedInTests: true,
    rule: "The comment turns the type checker off",
    remedy: "Fix the type: only tests of wrong types need it",
  },
  {
    pattern: /biome-ignore(?:-all|-start)?\s+[\w/]+\s*(?::\s*(?:<explanation>)?\s*)?$/m,
    within: "comments",
    rule: "A lint rule is switched off without a reason",
    remedy: 'Say why behind the ":"',
  },
  {
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/,
    within: "comments",
    rule: "A note to ourselves is not documentation",
    remedy: "Do it now, or file an issue and delete the note",
  },
  {
    pattern: /^\s*(?:\/\/|\/?\*)\s*[-=*#~/]{6,}|[-=#~]{10,}\s*$/m,
    within: "comments",
    rule: "A line of decoration says nothing",
    remedy: "Remove it; a file that needs chapters is two files",
  },
];

export function checkBannedCode(repository: Repository): Problem[] {
  return [...repository.values()]
    .filter((file) => file.isCode)
    .flatMap((file) => bans.flatMap((ban) => findBanned(file, ban)));
}

function findBanned(file: RepositoryFile, ban: Ban): Problem[] {
  if (ban.allowedInTests === true && /\/test\/|\.test\.ts$/.test(file.path)) return [];
  const { bare, comments } = file.source;
  const parts = ban.within === "code" ? [{ offset: 0, text: bare }] : comments;
  return parts.flatMap(({ offset, text }) =>
    [...text.matchAll(new RegExp(ban.pattern, `g${ban.pattern.flags}`))].map((match) => ({
      path: file.path,
      line: file.lineAt(offset + match.index),
      rule: ban.rule,
      remedy: ban.remedy,
    })),
  );
}
