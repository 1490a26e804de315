import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import {
  commandLine,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
} from "./snowpark-options.ts";

/** `redkite snowpark pause`: stops what costs by the hour. */
export function pauseCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("pause").description("Stop the services and the pool; data and addresses stay"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark pause

A paused deployment costs its storage only. redkite snowpark resume goes on.`,
    )
    .action((options: SnowparkOptions) =>
      runner.onAccount(options, async ({ snowpark, operation }) => {
        await snowpark.pause(operation);
        const next = commandLine("resume", options);
        tell(options, "paused", `Paused: only storage costs now. ${next} goes on`);
      }),
    );
}

/** `redkite snowpark resume`: starts what `pause` stopped. */
export function resumeCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("resume").description("Start the pool and the services that pause stopped"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark resume`,
    )
    .action((options: SnowparkOptions) =>
      runner.onAccount(options, async ({ snowpark, operation }) => {
        await snowpark.resume(operation);
        const next = commandLine("status", options);
        tell(options, "running", `Running again. ${next} shows the addresses`);
      }),
    );
}

function tell({ json }: SnowparkOptions, state: string, text: string): void {
  if (json === true) printJson({ state });
  else print(text);
}
