import { SnowparkError } from "../base/snowpark-error.ts";
import { awaitReady, type ConvergeTools, converge, throwIfCancelled } from "./converge.ts";
import type { Plan, PlanNode } from "./plan.ts";
import type { PlanContext } from "./plan-context.ts";
import type { ImageStore } from "./run-step.ts";
import { Slots } from "./slots.ts";

const defaultParallel = 4;
const defaultPollMs = 3_000;
const defaultWaitLimitMs = 1_800_000;

/** What happens while a plan is carried out, for whoever shows it. */
export type PlanEvent =
  | { readonly kind: "started"; readonly id: string }
  /** A statement is sent, with its secrets left out. */
  | { readonly kind: "statement"; readonly id: string; readonly role: string; readonly sql: string }
  | { readonly kind: "pushing"; readonly id: string; readonly message: string }
  | { readonly kind: "waiting"; readonly id: string; readonly message: string }
  | { readonly kind: "ended"; readonly outcome: NodeOutcome };

/** How it ended with one resource. */
export interface NodeOutcome {
  readonly id: string;
  readonly kind:
    | "unchanged"
    | "created"
    | "updated"
    | "deleted"
    | "failed"
    | "skipped"
    | "cancelled";
  readonly elapsedMs: number;
  readonly error?: SnowparkError;
  /** Why it was skipped. */
  readonly because?: string;
}

export interface ApplyOptions {
  readonly context: PlanContext;
  readonly images: ImageStore;
  /** Ends early, or rejects, when the signal is given. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly onEvent?: (event: PlanEvent) => void;
  /** Nothing new is begun once it is given; statements that run are waited for. */
  readonly signal?: AbortSignal | undefined;
  /** How many resources are worked on at a time. Default 4. */
  readonly parallel?: number;
  /** Between two looks at what is not ready. Default 3,000. */
  readonly pollMs?: number;
  /** How long a resource may take to get ready, or to go. Default 30 minutes. */
  readonly waitLimitMs?: number;
}

/** How it ended with all of a plan, in the order of the plan. */
export interface ApplyReport {
  readonly outcomes: readonly NodeOutcome[];
}

/**
 * Carries out a plan. Each resource is looked at again when its turn comes, changed, and looked at once more. What does
 * not depend on each other is done side by side; what depends on a failure is left. How it ended with each
 * is in the report, failures of the account included: see {@link failureOf}.
 */
export async function applyPlan(plan: Plan, options: ApplyOptions): Promise<ApplyReport> {
  const run = new PlanRun(options);
  return { outcomes: await Promise.all(plan.nodes.map((node) => run.begin(node))) };
}

/** The first failure of a report, or that it was cancelled. `undefined` when all is done. */
export function failureOf(report: ApplyReport): SnowparkError | undefined {
  const failed = report.outcomes.find(({ kind }) => kind === "failed")?.error;
  if (failed !== undefined) {
    return failed;
  }
  return report.outcomes.some(({ kind }) => kind === "cancelled")
    ? new SnowparkError("cancelled", "It was given up before the end: running it again goes on")
    : undefined;
}

class PlanRun {
  readonly #options: ApplyOptions;
  readonly #slots: Slots;
  /** Whether what a node stands for is there (or gone), as soon as others may build on it. */
  readonly #acted = new Map<string, Promise<boolean>>();

  constructor(options: ApplyOptions) {
    this.#options = options;
    this.#slots = new Slots(options.parallel ?? defaultParallel);
  }

  /** Begins with a node, all of whose predecessors were begun with before. */
  begin(node: PlanNode): Promise<NodeOutcome> {
    let release: (done: boolean) => void = () => undefined;
    const acted = new Promise<boolean>((resolve) => {
      release = resolve;
    });
    const before = node.after.map(async (id) => ({
      id,
      done: (await this.#acted.get(id)) ?? true,
    }));
    this.#acted.set(node.resource.id, acted);
    return this.#carryOut(node, { before, release });
  }

  async #carryOut(node: PlanNode, links: Links): Promise<NodeOutcome> {
    const { id } = node.resource;
    const missing = (await Promise.all(links.before)).find(({ done }) => !done);
    const started = this.#now();
    let ending: Pick<NodeOutcome, "kind" | "error" | "because">;
    if (this.#options.signal?.aborted === true) {
      ending = { kind: "cancelled" };
    } else if (missing !== undefined) {
      ending = { kind: "skipped", because: missing.id };
    } else {
      ending = await this.#act(node, links.release);
    }
    links.release(false);
    const outcome = { id, elapsedMs: this.#now() - started, ...ending };
    this.#options.onEvent?.({ kind: "ended", outcome });
    return outcome;
  }

  async #act(
    node: PlanNode,
    release: Links["release"],
  ): Promise<Pick<NodeOutcome, "kind" | "error">> {
    const { resource, goal } = node;
    const tools = this.#toolsFor(resource.id);
    try {
      const kind = await this.#slots.use(() => {
        throwIfCancelled(this.#options.signal);
        this.#options.onEvent?.({ kind: "started", id: resource.id });
        return converge(node, tools);
      });
      if (resource.decidesReader === true) {
        this.#options.context.rolesChanged();
      }
      if (resource.neededReady !== true) {
        release(true);
      }
      if (goal === "present") {
        await awaitReady(node, tools);
      }
      release(true);
      return { kind };
    } catch (error) {
      const failure = failureAt(resource.id, error);
      return failure.code === "cancelled"
        ? { kind: "cancelled", error: failure }
        : { kind: "failed", error: failure };
    }
  }

  #toolsFor(id: string): ConvergeTools {
    const { context, images, sleep, onEvent, signal } = this.#options;
    return {
      context,
      images,
      sleep,
      signal,
      pollMs: this.#options.pollMs ?? defaultPollMs,
      waitLimitMs: this.#options.waitLimitMs ?? defaultWaitLimitMs,
      onStatement: ({ role, sql }) => onEvent?.({ kind: "statement", id, role, sql }),
      onProgress: (message) => onEvent?.({ kind: "pushing", id, message }),
      onWaiting: (message) => onEvent?.({ kind: "waiting", id, message }),
    };
  }

  #now(): number {
    return this.#options.context.now().getTime();
  }
}

interface Links {
  readonly before: readonly Promise<{ readonly id: string; readonly done: boolean }>[];
  /** Tells those that come after whether they can. The first call holds. */
  readonly release: (done: boolean) => void;
}

/** A failure with the step that it belongs to. What is no failure of a deployment is a mistake in this program. */
function failureAt(step: string, error: unknown): SnowparkError {
  if (!(error instanceof SnowparkError)) {
    throw error;
  }
  const { code, message, details, cause } = error;
  return new SnowparkError(code, message, { step, ...details, cause });
}
