import { SnowparkError } from "../../src/base/snowpark-error.ts";
import { defaultConfig } from "../../src/config/snowpark-config.ts";
import type { ApplyOptions, PlanEvent } from "../../src/plan/apply-plan.ts";
import type { Plan, PlanNode } from "../../src/plan/plan.ts";
import { planContext } from "../../src/plan/plan-context.ts";
import { type Observation, type Resource, run } from "../../src/resources/resource.ts";
import type { SnowSession, SqlResult } from "../../src/session/snow-session.ts";
import { imagesFor } from "./configurations.ts";

/** An account of a few words: `MAKE x` and `DROP x`. It counts how many statements run at a time. */
export class SmallAccount implements SnowSession {
  readonly account = "org-account";
  readonly user = "ADMIN";
  readonly objects = new Set<string>();
  readonly statements: string[] = [];
  /** What a statement does before it counts. */
  readonly hooks = new Map<string, () => void>();
  running = 0;
  mostRunning = 0;

  async execute(statement: string): Promise<SqlResult> {
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise((resolve) => setImmediate(resolve));
    this.running -= 1;
    this.statements.push(statement);
    this.hooks.get(statement)?.();
    const [verb, name = ""] = statement.split(" ");
    if (verb === "MAKE") this.objects.add(name);
    if (verb === "DROP") this.objects.delete(name);
    return { queryId: "1", columns: [], rows: [] };
  }

  put(): Promise<SqlResult> {
    return Promise.reject(new SnowparkError("unsupported", "PUT"));
  }

  registryLogin(): Promise<{ username: string; password: string }> {
    return Promise.resolve({ username: "u", password: "p" });
  }

  ingressToken(): Promise<string> {
    return Promise.resolve("token");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A resource that is an object of a small account. */
export function thing(
  account: SmallAccount,
  name: string,
  parts: Partial<Resource> & { readonly dependsOn?: readonly string[] } = {},
): Resource {
  return {
    id: `role ${name}`,
    kind: "role",
    name,
    dependsOn: [],
    atEnd: "removed",
    observe: async (): Promise<Observation> =>
      account.objects.has(name)
        ? { kind: "present", changes: [], remove: [run("R", `DROP ${name}`)] }
        : { kind: "absent", create: [run("R", `MAKE ${name}`)] },
    ...parts,
  };
}

const undecided = { kind: "none", reason: "", changes: [], steps: [] } as const;

/** A plan of resources that come after what they depend on. */
export function handMadePlan(resources: readonly Resource[], goal: PlanNode["goal"]): Plan {
  const config = defaultConfig();
  return {
    deployment: { config, images: imagesFor(config) },
    goal: goal === "present" ? "up" : "down",
    nodes: resources.map((resource) => ({
      resource,
      goal,
      after: resource.dependsOn,
      action: undecided,
    })),
  };
}

/** Options with a clock that only sleeping moves, and the events that there were. */
export function handMadeOptions(
  account: SmallAccount,
  plan: Plan,
): ApplyOptions & { readonly events: PlanEvent[]; readonly slept: () => number } {
  let time = 0;
  const events: PlanEvent[] = [];
  return {
    context: planContext(plan.deployment, {
      session: account,
      newSecret: () => "secret",
      now: () => new Date(time),
    }),
    images: { push: () => Promise.resolve() },
    async sleep(ms) {
      time += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    onEvent: (event) => events.push(event),
    events,
    slept: () => time,
  };
}
