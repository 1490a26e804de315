import { randomBytes } from "node:crypto";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { databaseToken } from "./root-password.ts";
import { print, printJson, type SnowparkOptions, withSnowparkOptions } from "./snowpark-options.ts";

const examples = `
Examples:
  $ redkite snowpark verify

Three sentences are embedded here and stored there, a question is asked, and the
collection is dropped again: nothing of it stays.`;

/** `redkite snowpark verify`: the seed's scenario through the deployed service. */
export function verifyCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("verify").description(
      "Store, search and drop three sentences in the deployed database",
    ),
  )
    .addHelpText("after", examples)
    .action((options: SnowparkOptions) =>
      runner.onAccount(options, async (context) => {
        const report = await verifyDeployed(context);
        if (options.json === true) printJson(report);
        else {
          print(`Asked "${report.question}", answered "${report.answer}"`);
          print(`The database works (${(report.milliseconds / 1_000).toFixed(1)} s)`);
        }
      }),
    );
}

/** Runs the scenario against the deployment's public REST endpoint. */
export async function verifyDeployed(
  context: CommandContext,
): Promise<Awaited<ReturnType<CommandContext["snowpark"]["verify"]>>> {
  const { snowpark, operation, session, signal, screen } = context;
  const { ingressHost, origin } = await snowpark.endpointAddress(operation, "rest");
  const token = await databaseToken(context);
  // The model takes a second to load: only who verifies waits for it.
  const { embedText } = await import("@redkite/brain/text");
  const step = "store, search and drop three sentences";
  screen.show({ step, state: "running" });
  const report = await snowpark.verify({
    door: {
      origin,
      ingressToken: () => session.ingressToken(ingressHost, operation.config.names.ownerRole),
      ...(token === undefined ? {} : { databaseToken: token }),
    },
    embed: (texts) => embedText(texts, { signal }),
    collectionName: `redkite_verify_${randomBytes(6).toString("hex")}`,
    clock: operation.clock,
    signal,
  });
  screen.show({ step, state: "done" });
  return report;
}
