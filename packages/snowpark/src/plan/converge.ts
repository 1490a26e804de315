import { SnowparkError, type SnowparkErrorCode } from "../base/snowpark-error.ts";
import type { Observation } from "../resources/resource.ts";
import { actionFor, type PlanNode, type PlannedAction } from "./plan.ts";
import { runStep, type StepTools } from "./run-step.ts";

export interface ConvergeTools extends StepTools {
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly onWaiting: (message: string) => void;
  readonly pollMs: number;
  readonly waitLimitMs: number;
}

export type Converged = "unchanged" | "created" | "updated" | "deleted";

/** So often the same thing is done again when a look finds it undone. */
const maxRounds = 3;

/** Looks at a resource, does what is to be done, and looks again until nothing is left to do. */
export async function converge(node: PlanNode, tools: ConvergeTools): Promise<Converged> {
  const { resource, goal } = node;
  const deadline = tools.context.now().getTime() + tools.waitLimitMs;
  let converged: Converged = "unchanged";
  let rounds = 0;
  for (;;) {
    const observation = await resource.observe(tools.context);
    const action = actionFor(goal, observation);
    if (action.kind === "none") {
      return converged;
    }
    if (action.kind === "wait") {
      await pause(tools, { message: action.reason, deadline });
      continue;
    }
    await checkDoable(node, { observation, action, rounds }, tools);
    if (rounds > 0) {
      await pause(tools, { message: `looking again at the ${resource.id}`, deadline });
    }
    for (const step of action.steps) {
      throwIfCancelled(tools.signal);
      await runStep(step, tools);
    }
    rounds += 1;
    converged = converged === "created" ? converged : pastOf(action.kind);
  }
}

/** Waits until a resource works. */
export async function awaitReady({ resource }: PlanNode, tools: ConvergeTools): Promise<void> {
  const deadline = tools.context.now().getTime() + tools.waitLimitMs;
  for (;;) {
    const readiness = await resource.ready?.(tools.context);
    if (readiness === undefined || readiness.kind === "ready") {
      return;
    }
    if (readiness.kind === "failed") {
      const { kind: _, message, ...details } = readiness;
      throw new SnowparkError(
        "not-ready",
        `The ${resource.id} does not get ready: ${message}`,
        details,
      );
    }
    await pause(tools, { message: readiness.message, deadline });
  }
}

/** @throws SnowparkError `cancelled` when the signal was given. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new SnowparkError("cancelled", "It was given up before the end");
  }
}

async function pause(
  tools: ConvergeTools,
  wait: { readonly message: string; readonly deadline: number },
): Promise<void> {
  throwIfCancelled(tools.signal);
  if (tools.context.now().getTime() >= wait.deadline) {
    const minutes = Math.round(tools.waitLimitMs / 60_000);
    throw new SnowparkError("not-ready", `After ${minutes} minutes, still: ${wait.message}`);
  }
  tools.onWaiting(wait.message);
  try {
    await tools.sleep(tools.pollMs, tools.signal);
  } catch (error) {
    throwIfCancelled(tools.signal);
    throw error;
  }
  throwIfCancelled(tools.signal);
}

interface Finding {
  readonly observation: Observation;
  readonly action: PlannedAction;
  readonly rounds: number;
}

async function checkDoable(
  { resource, goal }: PlanNode,
  { observation, action, rounds }: Finding,
  tools: ConvergeTools,
): Promise<void> {
  if (action.kind === "refused") {
    const code: SnowparkErrorCode =
      observation.kind === "foreign" ? "foreign-object" : "invalid-configuration";
    throw new SnowparkError(code, `The ${resource.id} can't be used: ${action.reason}`);
  }
  if (observation.kind === "absent" && rounds > 0) {
    throw notSeen(resource.id, action);
  }
  if (rounds >= maxRounds) {
    const message = `The ${resource.id} does not change as told: ${action.reason || action.kind}`;
    throw new SnowparkError("not-ready", message);
  }
  const foreign = goal === "absent" ? await resource.foreignContent?.(tools.context) : undefined;
  if (foreign !== undefined && foreign.length > 0) {
    const message = `The ${resource.id} stays, since it holds what this deployment did not make: ${foreign.join(", ")}`;
    throw new SnowparkError("foreign-object", message, {
      remedy: "Move or drop these, then go on",
    });
  }
}

/** A name that is taken by what the role can't see makes CREATE … IF NOT EXISTS do nothing. */
function notSeen(id: string, { steps }: PlannedAction): SnowparkError {
  return steps.some(({ kind }) => kind === "push")
    ? new SnowparkError("image-failed", `The ${id} was pushed, and the account does not list it`)
    : new SnowparkError(
        "foreign-object",
        `The ${id} was made, and is not to be seen: the name may be taken by an object that the role can't see`,
      );
}

function pastOf(kind: PlannedAction["kind"]): Converged {
  switch (kind) {
    case "create":
      return "created";
    case "delete":
      return "deleted";
    case "update":
      return "updated";
    default:
      return "unchanged";
  }
}
