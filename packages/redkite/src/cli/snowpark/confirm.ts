import { createInterface } from "node:readline/promises";
import { UsageError } from "../../usage-error.ts";

/**
 * Goes on if the user says yes, or has said so by --yes.
 *
 * @throws UsageError when they don't, or when nobody can be asked.
 */
export async function confirm(
  question: string,
  { yes, json }: { readonly yes?: true; readonly json?: true },
  signal: AbortSignal,
): Promise<void> {
  if (yes === true) return;
  if (json === true || process.stdin.isTTY !== true) {
    throw new UsageError(`${question}: give --yes, as nobody can be asked here`);
  }
  const answer = await ask(`${question}? [y/N] `, signal);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new UsageError("Nothing was done");
}

/** Asks for a line in the terminal. */
export async function ask(question: string, signal?: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Readline takes Ctrl-C for itself: it becomes the process's again.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await terminal.question(question, signal === undefined ? {} : { signal });
  } finally {
    terminal.close();
  }
}
