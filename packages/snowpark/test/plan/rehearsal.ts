import { SnowparkError } from "../../src/base/snowpark-error.ts";
import type { SnowparkConfig } from "../../src/config/snowpark-config.ts";
import { type ApplyReport, applyPlan, failureOf } from "../../src/plan/apply-plan.ts";
import { type Plan, planDown, planUp } from "../../src/plan/plan.ts";
import { type PlanContext, planContext } from "../../src/plan/plan-context.ts";
import type { DeploymentImages } from "../../src/resources/deployment.ts";
import type { ExecuteOptions, SnowSession, SqlResult } from "../../src/session/snow-session.ts";
import { SimulatedAccount } from "../../src/simulator/account/simulated-account.ts";
import type { AccountState } from "../../src/simulator/account/state.ts";
import type { AccountFaults, ContainerRuntime } from "../../src/simulator/account/surroundings.ts";
import { accountSession } from "../../src/simulator/account-session.ts";
import { imagesFor } from "./configurations.ts";

const names = { organization: "MYORG", account: "MYACCOUNT" };

/** The password that every rehearsal makes up. */
export const rehearsedSecret = "cm9vdC1wYXNzd29yZC1vZi1hLXRlc3Q";

/** Statements that change nothing. */
const looking = /^\s*(?:SHOW|DESCRIBE|DESC|SELECT|LIST)\b/i;

export interface RunOptions {
  readonly images?: DeploymentImages;
  /** The process ends after so many statements that change something: no answer comes back, nothing more is sent. */
  readonly crashAfter?: number;
  readonly deleteData?: boolean;
  /** Statements that the account refuses. */
  readonly refused?: RegExp;
}

/** Deployments on a simulated account whose clock moves only while something waits. */
export class Rehearsal {
  readonly account: SimulatedAccount;
  readonly session: SnowSession;
  readonly faults: AccountFaults = {};
  /** Those that changed something, in the order in which they were sent. */
  readonly statements: string[] = [];
  time: number = Date.UTC(2026, 10, 21);

  constructor(
    behaviour: "2024" | "2026" = "2026",
    options: { readonly runtime?: ContainerRuntime; readonly state?: AccountState } = {},
  ) {
    this.account = new SimulatedAccount({
      now: () => this.time,
      behaviour,
      names,
      faults: this.faults,
      ...options,
    });
    this.session = accountSession({ account: this.account, names });
  }

  /** Another account, of the newer behaviour, in which everything is as it is in this one now. */
  copy(): Rehearsal {
    const copy = new Rehearsal("2026", { state: this.account.toJSON() });
    copy.time = this.time;
    return copy;
  }

  /** As SQL, with a role. */
  async sql(role: string, ...statements: readonly string[]): Promise<SqlResult | undefined> {
    let result: SqlResult | undefined;
    for (const statement of statements) {
      result = await this.session.execute(statement, { role });
    }
    return result;
  }

  plan(config: SnowparkConfig, options: RunOptions = {}): Promise<Plan> {
    return planUp(deploymentOf(config, options), this.#context(config, this.session, options));
  }

  async up(config: SnowparkConfig, options: RunOptions = {}): Promise<ApplyReport> {
    const session = this.#recorded(options);
    const context = this.#context(config, session, options);
    return this.#apply(await planUp(deploymentOf(config, options), context), context);
  }

  async down(config: SnowparkConfig, options: RunOptions = {}): Promise<ApplyReport> {
    const session = this.#recorded(options);
    const context = this.#context(config, session, options);
    const { deleteData = false } = options;
    const now = new Date(this.time);
    const plan = await planDown(deploymentOf(config, options), context, { deleteData, now });
    return this.#apply(plan, context);
  }

  /** What the account holds, to be compared. */
  state(): unknown {
    return this.account.comparable();
  }

  /** Puts an image into a repository (`db.schema.repository`, in any case), as a push does. */
  pushImage(place: string, image: string, role: string): void {
    const [database = "", schema = "", name = ""] = place.toLowerCase().split(".");
    const [imageName = "", tag] = image.split(":");
    const access = this.account.repositoryAccess(
      { user: "ADMIN", role },
      { database, schema, name },
    );
    this.account.recordImage({
      repositoryId: access?.repositoryId ?? "none",
      name: imageName,
      tag,
      digest: `sha256:${"0".repeat(64)}`,
    });
  }

  async pass(milliseconds: number): Promise<void> {
    this.time += milliseconds;
    await this.account.tick();
  }

  #context(config: SnowparkConfig, session: SnowSession, options: RunOptions): PlanContext {
    return planContext(deploymentOf(config, options), {
      session,
      newSecret: () => rehearsedSecret,
      now: () => new Date(this.time),
    });
  }

  #apply(plan: Plan, context: PlanContext): Promise<ApplyReport> {
    const { config } = plan.deployment;
    return applyPlan(plan, {
      context,
      images: {
        push: async (image, url) => {
          const [, ...path] = url.split("/");
          this.pushImage(path.join("."), `${image.name}:${image.tag}`, config.names.ownerRole);
        },
      },
      sleep: (ms) => this.pass(ms),
    });
  }

  #recorded({ crashAfter, refused }: RunOptions): SnowSession {
    const { session, statements } = this;
    let sent = 0;
    const execute = async (statement: string, options?: ExecuteOptions): Promise<SqlResult> => {
      if (crashAfter !== undefined && sent >= crashAfter) {
        throw new SnowparkError("network", "The process has ended");
      }
      if (refused?.test(statement) === true) {
        throw new SnowparkError("statement-failed", "Refused");
      }
      if (looking.test(statement)) {
        return session.execute(statement, options);
      }
      sent += 1;
      statements.push(statement);
      const result = await session.execute(statement, options);
      if (sent === crashAfter) {
        throw new SnowparkError("network", "The process has ended");
      }
      return result;
    };
    return { ...bound(session), account: session.account, user: session.user, execute };
  }
}

/** Throws what stopped a run. */
export function expectDone(report: ApplyReport): void {
  const failure = failureOf(report);
  if (failure !== undefined) {
    throw failure;
  }
}

function deploymentOf(config: SnowparkConfig, options: RunOptions) {
  return { config, images: options.images ?? imagesFor(config) };
}

function bound(session: SnowSession): Omit<SnowSession, "account" | "user" | "execute"> {
  return {
    put: (file, folder, options) => session.put(file, folder, options),
    registryLogin: () => session.registryLogin(),
    ingressToken: (host, role) => session.ingressToken(host, role),
    close: () => session.close(),
  };
}
