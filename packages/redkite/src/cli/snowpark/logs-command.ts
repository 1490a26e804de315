import type { LogLine, LogOptions } from "@redkite/snowpark";
import { Command } from "commander";
import { UsageError } from "../../usage-error.ts";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import {
  print,
  printJson,
  type SnowparkOptions,
  wholeNumber,
  withSnowparkOptions,
} from "./snowpark-options.ts";

interface LogsOptions extends SnowparkOptions {
  readonly service?: string;
  readonly lines: number;
  readonly follow?: true;
  readonly previous?: true;
  readonly since?: string;
}

const examples = `
Examples:
  $ redkite snowpark logs
  $ redkite snowpark logs --service MILVUS_NOTEBOOK -f
  $ redkite snowpark logs --previous           why it was started again
  $ redkite snowpark logs --since 2026-01-02T03:04:05Z

With --json each line is an object: service, container, time, text.`;

/** `redkite snowpark logs`: what the containers write. */
export function logsCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(new Command("logs").description("Show what the containers write"))
    .option("--service <name>", "only this service; otherwise all of the deployment")
    .addOption(
      wholeNumber("-n, --lines <count>", "how many lines of each container", {
        min: 1,
        max: 1_000,
      }).default(100),
    )
    .option("-f, --follow", "go on with new lines, until Ctrl-C")
    .option("--previous", "those of the container that ran before this one")
    .option("--since <time>", "only what was written after it, as 2026-01-02T03:04:05Z")
    .addHelpText("after", examples)
    .action((options: LogsOptions) =>
      runner.onAccount(options, (context) => showLogs(context, options)),
    );
}

async function showLogs(
  { snowpark, operation }: CommandContext,
  options: LogsOptions,
): Promise<void> {
  const { service, lines, follow, previous, since, json } = options;
  if (follow === true && previous === true) {
    throw new UsageError(
      "--follow and --previous exclude each other: what ran before writes no more",
    );
  }
  const logOptions: LogOptions = {
    lines,
    ...(service === undefined ? {} : { service }),
    ...(previous === undefined ? {} : { previous }),
    ...(since === undefined ? {} : { since: timeOf(since) }),
  };
  if (follow === true) {
    for await (const line of snowpark.followLogs(operation, logOptions)) show(line, json === true);
    return;
  }
  const found = await snowpark.readLogs(operation, logOptions);
  if (json === true) printJson(found);
  else for (const line of found) show(line, false);
}

function show(line: LogLine, asJson: boolean): void {
  if (asJson) print(JSON.stringify(line));
  else print(`${line.time === "" ? "" : `${line.time} `}${line.container}: ${line.text}`);
}

function timeOf(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`--since takes a time such as 2026-01-02T03:04:05Z, not "${text}"`);
  }
  return time.toISOString();
}
