import { setTimeout as sleep } from "node:timers/promises";
import type { DeploymentStatus, ServiceStatus } from "@redkite/snowpark";
import { Command } from "commander";
import type { AccountRunner } from "./account-runner.ts";
import type { CommandContext } from "./command-context.ts";
import {
  commandLine,
  print,
  printJson,
  type SnowparkOptions,
  withSnowparkOptions,
} from "./snowpark-options.ts";

interface StatusOptions extends SnowparkOptions {
  readonly watch?: true;
}

const examples = `
Examples:
  $ redkite snowpark status
  $ redkite snowpark status --watch
  $ redkite snowpark status --json | jq .services[].status

Exit codes: 0 something is deployed; 1 nothing is, or the account could not be asked.`;

/** How often --watch looks. */
const watchMs = 5_000;

/** `redkite snowpark status`: pool, services, containers, endpoints and what it costs. */
export function statusCommand(runner: AccountRunner): Command {
  return withSnowparkOptions(
    new Command("status").description("Show the pool, services, addresses and cost so far"),
  )
    .option("-w, --watch", "show it anew every five seconds, until Ctrl-C")
    .addHelpText("after", examples)
    .action((options: StatusOptions) =>
      runner.onAccount(options, (context) => showStatus(context, options)),
    );
}

async function showStatus(context: CommandContext, options: StatusOptions): Promise<void> {
  const { snowpark, operation, signal } = context;
  for (;;) {
    const status = await snowpark.readStatus(operation);
    if (options.json === true) printJson(status);
    else print(statusText(status, options, snowpark.costText));
    if (options.watch !== true) {
      if (status.pool === undefined && status.services.length === 0) process.exitCode = 1;
      return;
    }
    await sleep(watchMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

function statusText(
  { name, account, pool, services }: DeploymentStatus,
  options: StatusOptions,
  costText: CommandContext["snowpark"]["costText"],
): string {
  if (pool === undefined && services.length === 0) {
    return `Nothing is deployed as "${name}" in ${account}. ${commandLine("up", options)} deploys it`;
  }
  const lines = [`${name} in ${account}`];
  if (pool !== undefined) {
    lines.push(
      `  pool ${pool.name}: ${pool.state}${pool.message === "" ? "" : `, ${pool.message}`}`,
    );
    if (pool.cost.nodes > 0) lines.push(`    ${costText(pool.cost)}`);
    if (pool.creditsSoFar !== undefined && pool.cost.nodes > 0) {
      lines.push(`    about ${pool.creditsSoFar.toFixed(2)} credits since it last started`);
    }
  }
  lines.push(...services.flatMap(serviceLines));
  return lines.join("\n");
}

function serviceLines({ name, status, containers, endpoints }: ServiceStatus): string[] {
  const lines = [`  service ${name}: ${status}`];
  for (const { name: container, status: state, message, restarts } of containers) {
    const often = restarts > 0 ? `, restarted ${restarts} times` : "";
    lines.push(`    container ${container}: ${state}, ${message}${often}`);
  }
  for (const { name: endpoint, port, isPublic, ingressHost } of endpoints) {
    const where = isPublic ? (ingressHost ?? "no address yet") : "inside the account only";
    lines.push(`    endpoint ${endpoint}, port ${port}: ${where}`);
  }
  return lines;
}
