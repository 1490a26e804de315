import type { DeploymentImage, Plan } from "@redkite/snowpark";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { confirm } from "./confirm.ts";
import { prepareDown } from "./deployment-plan.ts";
import { endSimulator } from "./open-account.ts";
import {
  commandLine,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
  yesOption,
} from "./snowpark-options.ts";
import { simulatedPollMs } from "./up-command.ts";

interface DownOptions extends SnowparkOptions {
  readonly deleteData?: true;
  readonly yes?: true;
}

const examples = `
Examples:
  $ redkite snowpark down                      keeps the data; up goes on with them
  $ redkite snowpark down --delete-data        leaves nothing

Lists what will go, asks, removes it, and looks that it has gone. Objects that this
deployment did not make stay.`;

/** `redkite snowpark down`: removes what `up` made, and nothing else. */
export function downCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("down").description("Remove the deployment; its data only when asked to"),
  )
    .option("--delete-data", "the data, their snapshots and the notebook's files, too")
    .addOption(yesOption())
    .addHelpText("after", examples)
    .action((options: DownOptions) => takeDownAndStop(runner, options));
}

async function takeDownAndStop(runner: AccountRunner, options: DownOptions): Promise<void> {
  let isDown = false;
  await runner.onAccount(options, async (context) => {
    await takeDown(context, options);
    isDown = true;
  });
  // Nothing runs in a simulated account any more that would need its process.
  if (isDown && options.simulate === true) await endSimulator();
}

async function takeDown(command: CommandContext, options: DownOptions): Promise<void> {
  const { snowpark, operation, config, session, screen, signal } = command;
  const deleteData = options.deleteData === true;
  const { plan, context } = await prepareDown(command, deleteData);
  if (snowpark.isEmpty(plan)) {
    if (options.json === true) printJson({ outcomes: [] });
    else print(`Nothing of "${config.name}" is in ${session.account}`);
    return;
  }
  if (options.json !== true) screen.tell(snowpark.planText(plan));
  const what = deleteData ? "and all its data" : "but its data";
  await confirm(`Remove "${config.name}" ${what} from ${session.account}`, options, signal);
  const report = await snowpark.carryOut(plan, operation, {
    context,
    images: { push: refusePush },
    ...(options.simulate === true ? { pollMs: simulatedPollMs } : {}),
  });
  await checkGone(command, plan, deleteData);
  if (deleteData) await command.rootPassword.forget();
  screen.close();
  if (options.json === true) printJson(report);
  else if (deleteData) print(`Nothing of "${config.name}" is left`);
  else {
    print(`"${config.name}" is removed, its data are kept:`);
    print(`  ${commandLine("up", options)} goes on with them`);
    print(`  ${commandLine("down --delete-data", options)} removes them, too`);
  }
}

/** Looks again: what is still there was made while we removed, or did not go. */
async function checkGone(command: CommandContext, done: Plan, deleteData: boolean): Promise<void> {
  const { plan } = await prepareDown(command, deleteData);
  const left = plan.nodes.filter(
    ({ goal, action, resource }) =>
      goal === "absent" &&
      action.kind !== "none" &&
      done.nodes.some((node) => node.resource.id === resource.id),
  );
  if (left.length === 0) return;
  const names = left.map(({ resource }) => `${resource.kind} ${resource.name}`);
  throw new command.snowpark.SnowparkError("not-ready", `Still there: ${names.join(", ")}`, {
    remedy: "Run the same command again.",
  });
}

/** Nothing is pushed on the way down. */
function refusePush({ name }: DeploymentImage): Promise<void> {
  return Promise.reject(new Error(`A plan that removes asks for the image ${name}`));
}
