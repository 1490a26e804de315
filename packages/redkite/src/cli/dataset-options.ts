import { Option } from "commander";
import { UsageError } from "../usage-error.ts";

/** What every command on datasets takes. */
export interface DatasetOptions {
  readonly home?: string;
  readonly json?: true;
}

export function homeOption(): Option {
  return new Option("--home <folder>", "where datasets are kept").default(
    undefined,
    "$REDKITE_HOME, then ~/.redkite",
  );
}

export function jsonOption(): Option {
  return new Option("--json", "print JSON");
}

/** What the brain's functions take of the options. */
export function registryOptions(options: DatasetOptions): { readonly home?: string } {
  return options.home === undefined ? {} : { home: options.home };
}

/** The brain, loaded when a command runs: its database takes a while that --help need not wait. */
export async function loadBrain(): Promise<typeof import("@redkite/brain")> {
  return await import("@redkite/brain");
}

/** Runs a command; what the brain refuses is told in one line, without a stack. */
export async function tellingBrainErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { BrainError } = await loadBrain();
    if (error instanceof BrainError) throw new UsageError(error.message);
    throw error;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
