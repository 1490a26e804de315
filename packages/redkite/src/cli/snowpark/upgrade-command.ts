import type { ContainerEngine } from "@redkite/snowpark";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import { prepareUp } from "./deployment-plan.ts";
import {
  commandLine,
  engineOption,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
} from "./snowpark-options.ts";
import { carryOutUp } from "./up-command.ts";
import { verifyDeployed } from "./verify-command.ts";

interface UpgradeOptions extends SnowparkOptions {
  readonly with?: ContainerEngine;
}

const examples = `
Examples:
  $ npm install redkite@latest && redkite snowpark upgrade

Takes a snapshot, puts this version's images in place, waits until the services work,
and verifies. The address and the data stay. When it fails, it tells how to go back.`;

/** `redkite snowpark upgrade`: this version's images, with a snapshot before and a check after. */
export function upgradeCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("upgrade").description("Put this version in place, with a snapshot before"),
  )
    .addOption(engineOption())
    .addHelpText("after", examples)
    .action((options: UpgradeOptions) =>
      runner.onAccount(options, (context) => upgrade(context, options)),
    );
}

async function upgrade(context: CommandContext, options: UpgradeOptions): Promise<void> {
  const { snowpark, operation, config } = context;
  const before = await snowpark.readStatus(operation);
  const images = before.services.flatMap(({ containers }) => containers.map(({ image }) => image));
  if (images.length === 0) {
    throw new snowpark.SnowparkError("not-found", `Nothing is deployed as "${config.name}"`, {
      remedy: "redkite snowpark up deploys it.",
    });
  }
  const prepared = await prepareUp(context);
  if (snowpark.isEmpty(prepared.plan)) {
    if (options.json === true) printJson({ upgraded: false, images });
    else print(`Nothing to upgrade: ${images.join(" and ")} run already`);
    return;
  }
  const { snapshot } = await snowpark.backup(operation);
  try {
    await carryOutUp(context, prepared, options.with);
    if (config.rest.public) await verifyDeployed(context);
  } catch (error) {
    throw withWayBack(context, error, { snapshot, images });
  }
  if (options.json === true) printJson({ upgraded: true, snapshot });
  else print(`Upgraded. The data as they were before are in the snapshot ${snapshot}`);
}

function withWayBack(
  { snowpark: { SnowparkError, explain }, options }: CommandContext,
  error: unknown,
  { snapshot, images }: { snapshot: string; images: readonly string[] },
): unknown {
  if (!(error instanceof SnowparkError) || error.code === "cancelled") return error;
  const remedy = [
    error.details.remedy ?? explain(error),
    `To go back: run the version of redkite whose images were ${images.join(" and ")} (${commandLine("up", options)}),`,
    `and, where the data have suffered, ${commandLine(`restore ${snapshot}`, options)}.`,
  ].filter((line) => line !== undefined);
  return new SnowparkError(error.code, error.message, {
    ...error.details,
    remedy: remedy.join(" "),
    cause: error,
  });
}
