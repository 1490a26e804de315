import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

const vagueNames = new Set(
  "common core helper helpers misc shared type types util utils".split(" "),
);

/** A name says what is inside. These say only that someone did not know where to put it. */
export function checkFileNames(repository: Repository): Problem[] {
  return [...repository.keys()].flatMap((path) => {
    const vague = path.split("/").find((part) => vagueNames.has(part.replace(/\..*$/, "")));
    if (vague === undefined) return [];
    return {
      path,
      line: 1,
      rule: `"${vague}" names no subject`,
      remedy: "Name the file or folder after what it holds, and split it if that is several things",
    };
  });
}
