import type { ContainerEngine } from "@redkite/snowpark";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { confirm } from "./confirm.ts";
import { imageStore } from "./deployment-images.ts";
import { contextWithPassword, type PreparedPlan, prepareUp } from "./deployment-plan.ts";
import {
  commandLine,
  engineOption,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
  yesOption,
} from "./snowpark-options.ts";

interface UpOptions extends SnowparkOptions {
  readonly with?: ContainerEngine;
  readonly yes?: true;
}

const examples = `
Examples:
  $ redkite snowpark up
  $ redkite snowpark up --simulate             on this machine, without an account
  $ redkite snowpark up --config prod.yaml --connection prod --yes

Does what is missing, waits until all of it works, and tells the addresses. It asks
before it removes anything that the configuration no longer has.`;

/** `redkite snowpark up`: from whatever is there to what the configuration says. */
export function upCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("up").description("Make the deployment, or make it what the configuration says"),
  )
    .addOption(engineOption())
    .addOption(yesOption())
    .addHelpText("after", examples)
    .action((options: UpOptions) =>
      runner.onAccount(options, async (context) => {
        const prepared = await prepareUp(context);
        const { snowpark, config, signal } = context;
        const removed = prepared.plan.nodes.filter(({ action }) => action.kind === "delete");
        if (removed.length > 0) {
          const names = removed.map(({ resource }) => `${resource.kind} ${resource.name}`);
          await confirm(`Remove ${names.join(", ")}`, options, signal);
        }
        const report = await carryOutUp(context, prepared, options.with);
        context.screen.close();
        const status = await snowpark.readStatus(context.operation);
        if (options.json === true) printJson({ ...report, status });
        else {
          print(endText(context, status));
          print(snowpark.costText(snowpark.hourlyCost(config)));
        }
      }),
    );
}

/** Carries out a plan of {@link prepareUp}. */
export async function carryOutUp(
  context: CommandContext,
  prepared: PreparedPlan,
  engine?: ContainerEngine,
): Promise<Awaited<ReturnType<CommandContext["snowpark"]["carryOut"]>>> {
  const { snowpark, operation, options } = context;
  const { server, notebook } = prepared.images;
  const definitions = notebook === undefined ? [server] : [server, notebook];
  return await snowpark.carryOut(prepared.plan, operation, {
    context: await contextWithPassword(context, prepared),
    images: imageStore(context, definitions, engine),
    ...(options.simulate === true ? { pollMs: simulatedPollMs } : {}),
  });
}

/** In a simulated account seconds pass as milliseconds do elsewhere. */
export const simulatedPollMs = 200;

function endText(
  { config, options }: CommandContext,
  { account, services }: Awaited<ReturnType<CommandContext["snowpark"]["readStatus"]>>,
): string {
  const lines = [`"${config.name}" runs in ${account}`];
  for (const { name, endpoints } of services) {
    for (const { name: endpoint, isPublic, ingressHost } of endpoints) {
      if (isPublic && ingressHost !== undefined)
        lines.push(`  ${name}!${endpoint}: ${ingressHost}`);
    }
  }
  const hasNotebook = services.some(({ name }) => name === config.names.notebookService);
  const next = [
    ...(config.rest.public ? ["verify", "proxy"] : ["status"]),
    ...(hasNotebook ? ["open"] : []),
  ].map((words) => `  ${commandLine(words, options)}`);
  lines.push(
    "Next:",
    ...next,
    `${commandLine("pause", options)} stops the cost by the hour, ${commandLine("down", options)} removes all but the data`,
  );
  return lines.join("\n");
}
