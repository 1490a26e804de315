import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

/** What is true of one machine or network only. */
const traces: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?<![\w.~-])\/(?:work|root|farm|Users)\/\w/, what: "A path of one machine" },
  { pattern: /(?<![\w.~-])\/home\/(?!user\b)\w/, what: "A path of one machine" },
  {
    pattern: /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\/\/[\w.-]*\bregistry\b/i,
    what: "A package registry",
  },
];

/** A repository reads the same everywhere. package-lock.json records what npm wrote. */
export function checkLocalTraces(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const file of repository.values()) {
    if (file.path === "package-lock.json") continue;
    for (const [i, line] of file.text.split("\n").entries()) {
      const trace = traces.find(({ pattern }) => pattern.test(line));
      if (trace === undefined) continue;
      problems.push({
        path: file.path,
        line: i + 1,
        rule: `${trace.what} is named, which others do not have`,
        remedy: "Use a relative path, a parameter, or an example.com name",
      });
    }
  }
  return problems;
}
