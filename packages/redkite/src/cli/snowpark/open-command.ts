import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import { requireNotebook } from "./deployment-images.ts";
import { print, printJson, type SnowparkOptions, withSnowparkOptions } from "./snowpark-options.ts";

interface OpenOptions extends SnowparkOptions {
  readonly rest?: true;
  readonly print?: true;
}

/** `redkite snowpark open`: the notebook in the browser. */
export function openCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("open").description(
      "Open the notebook in the browser, where Snowflake signs you in",
    ),
  )
    .option("--rest", "the database's REST address instead")
    .option("--print", "print the address only")
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark open
  $ redkite snowpark open --print

A user whose default role is ACCOUNTADMIN cannot sign in there: doctor tells.`,
    )
    .action((options: OpenOptions) =>
      runner.onAccount(options, async (context) => {
        const { snowpark, operation, screen } = context;
        const door = options.rest === true ? "rest" : "notebook";
        if (door === "notebook") await requireNotebook(context);
        const { origin } = await snowpark.endpointAddress(operation, door);
        screen.close();
        if (options.json === true) printJson({ url: origin.href });
        else print(origin.href);
        if (options.json !== true && options.print !== true) snowpark.openInBrowser(origin.href);
      }),
    );
}
