import { CommanderError } from "commander";
import { UsageError } from "../usage-error.ts";
import { createProgram } from "./program.ts";

/** The exit code for a wrong command line, or for a machine on which it can't be carried out. */
const exitCodeOfUsageError = 2;

// A reader of our output that leaves early, as `head` does, ends the command: it is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const args: readonly string[] = process.argv.slice(2);
try {
  // biome-ignore lint/style/noProcessEnv: the entry of the program is where the environment comes in
  const program = await createProgram(args, process.env);
  await program.parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = report(error);
}

/** Tells a failure in one line, and answers the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version, which have been printed, come as errors too.
    if (error.exitCode === 0) return 0;
    if (error.code !== "commander.help") tell(`${endSentence(error.message)} See redkite --help`);
  } else if (error instanceof UsageError) tell(error.message);
  else throw error;
  return exitCodeOfUsageError;
}

/** Some of commander's messages end with a full stop. */
function endSentence(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}

function tell(message: string): void {
  const line = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  process.stderr.write(`redkite: ${line}\n`);
}
