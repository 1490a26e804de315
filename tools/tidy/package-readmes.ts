import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

/** Each package says what it is for, where it stands, and shows itself at work. */
export function checkPackageReadmes(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const path of repository.keys()) {
    const folder = /^(packages\/[^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    const readme = repository.get(`${folder}/README.md`);
    if (readme?.text.includes("```ts") !== true) {
      problems.push({
        path: `${folder}/README.md`,
        line: 1,
        rule: readme === undefined ? "The package has no README.md" : "The README shows no code",
        remedy: "Write its purpose, its place in the ladder, and an example of some 20 lines",
      });
    }
  }
  return problems;
}
