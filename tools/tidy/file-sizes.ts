import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

const LINE_COUNT_MAX = 500;

/** A file that is read from the top, to its end, in one sitting. */
export function checkFileSizes(repository: Repository): Problem[] {
  return [...repository.values()].flatMap((file) => {
    const lineCount = file.text.split("\n").length - 1;
    if (!file.isCode || lineCount <= LINE_COUNT_MAX) return [];
    return {
      path: file.path,
      line: LINE_COUNT_MAX + 1,
      rule: `The file has ${lineCount} lines, the most is ${LINE_COUNT_MAX}`,
      remedy: "Split it by subject: one main export per file",
    };
  });
}
