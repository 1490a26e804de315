import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BrainError } from "../base/brain-error.ts";

/**
 * The folder of an installed package, found from the working folder, then from here. Nothing of the
 * package is run. Throws `dependency-missing`, saying what to install.
 */
export function packageFolder(names: readonly string[], what: string): string {
  for (const name of names) {
    for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
      try {
        return dirname(createRequire(from).resolve(`${name}/package.json`));
      } catch {
        // It is not there: the next place, the next name.
      }
    }
  }
  throw new BrainError(
    "dependency-missing",
    `${what} comes from the package ${names[0]}: npm install ${names[0]}`,
    { details: { packages: names } },
  );
}
