import { SnowparkError } from "../base/snowpark-error.ts";
import {
  type ApplyReport,
  applyPlan,
  failureOf,
  type NodeOutcome,
  type PlanEvent,
} from "../plan/apply-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { PlanContext } from "../plan/plan-context.ts";
import { refusalOf } from "../plan/refusal.ts";
import type { ImageStore } from "../plan/run-step.ts";
import type { OperationContext, OperationProgress } from "./operation-context.ts";

export interface CarryOutOptions {
  readonly context: PlanContext;
  readonly images: ImageStore;
  /** Between two looks at what is not ready, in milliseconds. */
  readonly pollMs?: number;
}

/**
 * Carries out a plan and tells how each of its steps goes.
 *
 * @throws SnowparkError `foreign-object` or `invalid-configuration`, before anything is done, for a plan that holds
 *   what can't be done; the first failure later: what else failed, and what was left because of it, is in its message.
 */
export async function carryOut(
  plan: Plan,
  { clock, signal, progress }: OperationContext,
  { context, images, pollMs }: CarryOutOptions,
): Promise<ApplyReport> {
  const refusal = refusalOf(plan);
  if (refusal !== undefined) throw refusal;
  const idle = new Set(
    plan.nodes.filter(({ action }) => action.kind === "none").map(({ resource }) => resource.id),
  );
  const report = await applyPlan(plan, {
    context,
    images,
    sleep: (milliseconds, stop) => clock.sleep(milliseconds, stop).catch(ignoreAbort(stop)),
    signal,
    ...(pollMs === undefined ? {} : { pollMs }),
    onEvent: (event) => {
      const told = progressOf(event, idle);
      if (told !== undefined) progress?.(told);
    },
  });
  const failure = failureOf(report);
  if (failure !== undefined) throw withOthers(failure, report.outcomes);
  return report;
}

/** A wait that is cut short is no failure: who waits looks at the signal. */
function ignoreAbort(signal: AbortSignal | undefined): (error: unknown) => void {
  return (error) => {
    if (signal?.aborted !== true) throw error;
  };
}

/** What is as it should be is not worth a line, unless it makes somebody wait or fails. */
function progressOf(event: PlanEvent, idle: Set<string>): OperationProgress | undefined {
  switch (event.kind) {
    case "started":
      return idle.has(event.id) ? undefined : { step: event.id, state: "running" };
    case "statement":
      return undefined;
    case "pushing":
    case "waiting":
      idle.delete(event.id);
      return { step: event.id, state: "running", message: event.message };
    case "ended":
      return endOf(event.outcome, idle);
  }
}

function endOf(outcome: NodeOutcome, idle: ReadonlySet<string>): OperationProgress | undefined {
  const { id: step, kind, because } = outcome;
  switch (kind) {
    case "failed":
      return { step, state: "failed" };
    case "cancelled":
      return { step, state: "skipped", message: "given up" };
    case "skipped":
      return { step, state: "skipped", message: `it needs the ${because}` };
    case "unchanged":
      return idle.has(step) ? undefined : { step, state: "done" };
    default:
      return { step, state: "done", message: kind };
  }
}

function withOthers(failure: SnowparkError, outcomes: readonly NodeOutcome[]): SnowparkError {
  const others = outcomes.filter(({ kind, error }) => kind === "failed" && error !== failure);
  const left = outcomes.filter(({ kind }) => kind === "skipped").length;
  const more = [
    ...others.map(({ id, error }) => `The ${id} failed, too: ${error?.message}`),
    ...(left > 0 ? [`${left} steps that need what failed were left`] : []),
  ];
  if (more.length === 0) return failure;
  const message = [failure.message, ...more].join("\n  ");
  return new SnowparkError(failure.code, message, { ...failure.details, cause: failure });
}
