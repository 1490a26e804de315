import type { Step } from "../resources/resource.ts";
import type { Plan, PlanNode, PlannedAction } from "./plan.ts";
import { shownSql } from "./run-step.ts";

/** A plan as plain data, without secrets: what `plan --json` prints. */
export interface PlanReport {
  readonly deployment: string;
  readonly goal: Plan["goal"];
  readonly actions: readonly ReportedAction[];
}

export interface ReportedAction {
  readonly action: PlannedAction["kind"];
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly statements: readonly { readonly role: string; readonly sql: string }[];
  /** `name:tag` of the images to be pushed. */
  readonly images: readonly string[];
}

export function planReport(plan: Plan): PlanReport {
  return {
    deployment: plan.deployment.config.name,
    goal: plan.goal,
    actions: plan.nodes.map(reportedAction),
  };
}

const signs: Readonly<Record<PlannedAction["kind"], string>> = {
  none: "=",
  create: "+",
  update: "~",
  delete: "-",
  wait: "…",
  refused: "!",
};

/** A plan for people: a line for each resource of which there is something to say, and a sum. */
export function planText(plan: Plan): string {
  const telling = plan.nodes.filter(({ action }) => action.kind !== "none" || action.reason !== "");
  const lines = telling.map(({ resource, action }) => {
    const reason = action.reason === "" ? "" : `: ${action.reason}`;
    const verb = action.kind === "none" ? "leave" : action.kind;
    return `${signs[action.kind]} ${verb} ${resource.kind} ${resource.name}${reason}`;
  });
  return [...lines, sum(plan)].join("\n");
}

function sum(plan: Plan): string {
  const count = (kind: PlannedAction["kind"]): number =>
    plan.nodes.filter(({ action }) => action.kind === kind).length;
  const parts = (["create", "update", "delete", "wait", "refused"] as const)
    .filter((kind) => count(kind) > 0)
    .map((kind) => `${count(kind)} to ${kind === "refused" ? "be refused" : kind}`);
  const left = `${count("none")} as they should be`;
  return parts.length === 0 ? `Nothing to do: ${left}` : `${parts.join(", ")}; ${left}`;
}

function reportedAction({ resource, action }: PlanNode): ReportedAction {
  return {
    action: action.kind,
    kind: resource.kind,
    name: resource.name,
    reason: action.reason,
    statements: action.steps.flatMap((step) =>
      step.kind === "statement"
        ? [{ role: step.statement.role, sql: shownSql(step.statement) }]
        : [],
    ),
    images: action.steps.flatMap(pushedImage),
  };
}

function pushedImage(step: Step): string[] {
  return step.kind === "push" ? [`${step.image.name}:${step.image.tag}`] : [];
}
