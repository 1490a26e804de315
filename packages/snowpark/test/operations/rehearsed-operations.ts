import { defaultConfig, type SnowparkConfig } from "../../src/config/snowpark-config.ts";
import type {
  OperationContext,
  OperationProgress,
} from "../../src/operations/operation-context.ts";
import type { ContainerRuntime } from "../../src/simulator/account/surroundings.ts";
import { expectDone, Rehearsal } from "../plan/rehearsal.ts";

export interface RehearsedOperations {
  readonly rehearsal: Rehearsal;
  readonly context: OperationContext;
  readonly told: OperationProgress[];
}

/** Operations on a simulated account in this process, whose clock moves while they wait. */
export function rehearsedOperations(
  config: SnowparkConfig = { ...defaultConfig(), users: ["ANALYST"] },
  runtime?: ContainerRuntime,
): RehearsedOperations {
  const rehearsal = new Rehearsal("2026", runtime === undefined ? {} : { runtime });
  const told: OperationProgress[] = [];
  const context: OperationContext = {
    config,
    session: rehearsal.session,
    clock: { now: () => rehearsal.time, sleep: (milliseconds) => rehearsal.pass(milliseconds) },
    progress: (event) => told.push(event),
  };
  return { rehearsal, context, told };
}

/** The same with the deployment up. */
export async function deployedOperations(
  config?: SnowparkConfig,
  runtime?: ContainerRuntime,
): Promise<RehearsedOperations> {
  const operations = rehearsedOperations(config, runtime);
  expectDone(await operations.rehearsal.up(operations.context.config));
  return operations;
}
