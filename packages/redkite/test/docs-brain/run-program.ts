import { formatWithOptions } from "node:util";
import * as brain from "../../src/brain.ts";
import type { PageProgram } from "./page-programs.ts";

/** What a program of a page runs in. */
export interface ProgramPlace {
  /** The home folder of its datasets. */
  readonly home: string;
  /** The variables that it is run with. */
  readonly variables: Readonly<Record<string, string>>;
  /** What stands for the page's addresses, which may be in use on this machine. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** Runs a program as it stands, but for its addresses, and answers what it printed. */
export async function runProgram(program: PageProgram, place: ProgramPlace): Promise<string[]> {
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(formatWithOptions({ colors: false }, ...values));
  };
  // TypeScript without types is JavaScript; imports are all that the body of a function can't have.
  const body = atPlace(program.code, place).replaceAll(
    /^import \{([^}]*)\} from "redkite\/brain";$/gm,
    "const {$1} = brain;",
  );
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  const variables = Object.entries({
    ...place.variables,
    REDKITE_HOME: place.home,
    REDKITE_OFFLINE: "1",
  });
  await withVariables(variables, async () => {
    try {
      await new AsyncFunction("brain", "console", body)(brain, { log });
    } finally {
      const dataset = await brain.loadDataset("quickstart", { home: place.home });
      await dataset.close();
    }
  });
  return printed;
}

/** A text of the page with the place's addresses. */
export function atPlace(text: string, { addresses }: Pick<ProgramPlace, "addresses">): string {
  return Object.entries(addresses).reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

/** Runs `work` with these variables, and with none else that the brain would read. */
async function withVariables(
  variables: readonly (readonly [string, string])[],
  work: () => Promise<void>,
): Promise<void> {
  const before = { ...process.env };
  const clear = (): void => {
    for (const name of Object.keys(process.env)) {
      if (/^(REDKITE|FIFTYONE)_/.test(name)) delete process.env[name];
    }
  };
  clear();
  Object.assign(process.env, Object.fromEntries(variables));
  try {
    await work();
  } finally {
    clear();
    Object.assign(process.env, before);
  }
}
