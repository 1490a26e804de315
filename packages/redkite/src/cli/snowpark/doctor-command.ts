import type { DoctorCheck } from "@redkite/snowpark";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import { doctorTools } from "./doctor-tools.ts";
import { print, printJson, type SnowparkOptions, withSnowparkOptions } from "./snowpark-options.ts";

const marks = { ok: "✓", warn: "!", fail: "✗" } as const;

/** `redkite snowpark doctor`: whether `up` can work, before anything is made. */
export function doctorCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("doctor").description("Find out whether up can work; changes nothing"),
  )
    .addHelpText(
      "after",
      `
Examples:
  $ redkite snowpark doctor
  $ redkite snowpark doctor --connection work --json

Exit codes: 0 nothing fails (there may be warnings); 1 something does.`,
    )
    .action((options: SnowparkOptions) =>
      runner.onAccount(options, async (context) => {
        const checks: DoctorCheck[] = [];
        const { snowpark, operation } = context;
        for await (const check of snowpark.examine(operation, doctorTools(context))) {
          checks.push(check);
          if (options.json !== true) print(checkText(check));
        }
        if (options.json === true) printJson(checks);
        if (checks.some(({ result }) => result === "fail")) process.exitCode = 1;
      }),
    );
}

function checkText({ title, result, found, remedy }: DoctorCheck): string {
  const line = `${marks[result]} ${title}: ${found}`;
  return remedy === undefined ? line : `${line}\n    ${remedy}`;
}
