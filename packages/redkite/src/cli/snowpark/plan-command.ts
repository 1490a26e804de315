import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import { prepareUp } from "./deployment-plan.ts";
import { print, printJson, type SnowparkOptions, withSnowparkOptions } from "./snowpark-options.ts";

interface PlanOptions extends SnowparkOptions {
  readonly sql?: true;
}

const examples = `
Examples:
  $ redkite snowpark plan
  $ redkite snowpark plan --sql > up.sql

Only looks. Exit codes: 0 nothing is to be done; 2 something is; 1 it failed.`;

/** `redkite snowpark plan`: what `up` would do. */
export function planCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(new Command("plan").description("Show what up would do"))
    .option("--sql", "print it as a script for redkite snowpark sql, or SnowSQL")
    .addHelpText("after", examples)
    .action((options: PlanOptions) =>
      runner.onAccount(options, async (context) => {
        const { snowpark } = context;
        const { plan } = await prepareUp(context);
        if (options.json === true) printJson(snowpark.planReport(plan));
        else if (options.sql === true) print(snowpark.planAsSql(plan).trimEnd());
        else print(snowpark.planText(plan));
        if (!snowpark.isEmpty(plan)) process.exitCode = 2;
      }),
    );
}
