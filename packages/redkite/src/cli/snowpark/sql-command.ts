import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { ScriptEvent, ScriptOutcome } from "@redkite/snowpark";
import { Command } from "commander";
import { UsageError } from "../../usage-error.ts";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import type { Environment } from "./environment.ts";
import { elapsedText } from "./progress-screen.ts";
import { print, type SnowparkOptions, withSnowparkOptions } from "./snowpark-options.ts";

interface SqlOptions extends SnowparkOptions {
  readonly define: Readonly<Record<string, string>>;
  readonly continue?: true;
  readonly dryRun?: true;
}

const examples = `
Examples:
  $ redkite snowpark sql guide.sql
  $ redkite snowpark plan --sql | root_password=… redkite snowpark sql - -D root_password
  $ redkite snowpark sql guide.sql -D path_to=/tmp/specs --dry-run

Scripts are those of SnowSQL: !define, !set, &name, SET x = …, $x, USE, PUT and !source.
The first statement that fails ends the script, and makes the exit code 1. With --json
each event is a line.`;

/** `redkite snowpark sql`: runs a script in the manner of SnowSQL. */
export function sqlCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("sql")
      .description("Run a script of SQL statements, as SnowSQL does")
      .argument("<file>", "the script; - is what comes on standard input"),
  )
    .option(
      "-D, --define <name[=value]>",
      "the value of &name: what is given, or that of the environment's variable; may be given again",
      (text: string, others: Readonly<Record<string, string>>) => ({
        ...others,
        ...defined(text, runner.environment),
      }),
      {},
    )
    .option("--continue", "go on after a statement that fails")
    .option("--dry-run", "run nothing: tell what would be run")
    .addHelpText("after", examples)
    .action((file: string, options: SqlOptions) =>
      runner.onAccount(options, (context) => runFile(context, file, options)),
    );
}

/** Without a value the name is a variable of the environment: other users of a machine see the arguments of commands. */
function defined(text: string, environment: Environment): Readonly<Record<string, string>> {
  const { name, value } = /^(?<name>\w+)(?:=(?<value>.*))?$/s.exec(text)?.groups ?? {};
  if (name === undefined) {
    throw new UsageError("--define takes name=value, or the name of an environment's variable");
  }
  const given = value ?? environment[name];
  if (given === undefined) {
    throw new UsageError(`--define ${name}: there is no variable ${name} in the environment`);
  }
  return { [name]: given };
}

async function runFile(
  { snowpark, session, signal, screen }: CommandContext,
  file: string,
  options: SqlOptions,
): Promise<void> {
  const script = await readScript(file);
  const outcome = await snowpark.runScript(script, session, {
    fileName: file === "-" ? "standard input" : file,
    variables: options.define,
    // A value of a variable may be a password, and need not be seen to be followed.
    secrets: Object.values(options.define).filter((value) => value.length >= 8),
    ...(options.continue === true ? { continueOnError: true } : {}),
    ...(options.dryRun === true ? { dryRun: true } : {}),
    readSource: (path, from) => readScript(resolve(dirname(from), path)),
    now: Date.now,
    signal,
    onEvent: (event) => show(event, options.json === true ? "json" : "text", snowpark),
  });
  screen.close();
  tellOutcome(outcome, options);
}

async function readScript(file: string): Promise<string> {
  try {
    return file === "-" ? await text(process.stdin) : await readFile(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read ${file}: ${reason}`, { cause: error });
  }
}

function show(
  event: ScriptEvent,
  form: "json" | "text",
  { failureReport, failureText, resultTable }: CommandContext["snowpark"],
): void {
  if (form === "json") {
    const { kind, ...rest } = event;
    print(JSON.stringify({ event: kind, ...rest, ...jsonError(event, failureReport) }));
    return;
  }
  switch (event.kind) {
    case "begin":
      return;
    case "print":
      print(event.text);
      return;
    case "done":
      print(`${placeText(event)} ${firstLine(event.statement)} (${elapsedText(event.elapsedMs)})`);
      if (event.result !== undefined && event.result.rows.length > 0) {
        print(resultTable(event.result));
      }
      return;
    case "failed":
      process.stderr.write(`${placeText(event)} ${failureText(event.error)}\n`);
  }
}

function jsonError(
  event: ScriptEvent,
  failureReport: CommandContext["snowpark"]["failureReport"],
): object {
  return event.kind === "failed" ? { error: failureReport(event.error) } : {};
}

function placeText({ place }: Extract<ScriptEvent, { place: unknown }>): string {
  return `${place.file}:${place.line}:`;
}

function firstLine(statement: string): string {
  const line = statement.trim().replaceAll(/\s+/g, " ");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

function tellOutcome({ ranCount, failures, isComplete }: ScriptOutcome, options: SqlOptions): void {
  if (options.json === true) {
    print(JSON.stringify({ event: "end", ranCount, failureCount: failures.length, isComplete }));
  } else {
    const verb = options.dryRun === true ? "would be run" : "ran";
    print(`${ranCount} statements ${verb}, ${failures.length} failed`);
  }
  if (failures.length > 0) process.exitCode = 1;
}
