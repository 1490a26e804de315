import { randomBytes } from "node:crypto";
import type { DeploymentImage, Plan, PlanContext, PlannedDeployment } from "@redkite/snowpark";
import type { CommandContext } from "./command-context.ts";
import { type DefinedImages, deploymentImages, rehearsable } from "./deployment-images.ts";
import { givenPassword } from "./root-password.ts";

/** A plan with what carries it out. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly context: PlanContext;
  readonly images: DefinedImages;
}

/** What is missing, and how it would be made. Only looks. */
export async function prepareUp(command: CommandContext): Promise<PreparedPlan> {
  const { snowpark, options } = command;
  const config = await rehearsable(command);
  const images = await deploymentImages(snowpark, config, options);
  const deployment: PlannedDeployment = { config, images };
  const context = planContextOf(command, deployment, randomPassword);
  return { plan: await snowpark.planUp(deployment, context), context, images };
}

/**
 * The context to carry a plan out with. Where the plan makes the password's secret, the password is one that is kept on
 * this machine before it is sent: a crash in between loses nothing.
 */
export async function contextWithPassword(
  command: CommandContext,
  { plan, context }: PreparedPlan,
): Promise<PlanContext> {
  const { environment, rootPassword } = command;
  const makesSecret = plan.nodes.some(
    ({ resource, action }) => resource.kind === "secret" && action.kind === "create",
  );
  if (!makesSecret) return context;
  const password = givenPassword(environment) ?? (await rootPassword.make());
  return planContextOf(command, plan.deployment, () => password);
}

/** What is there, and how it would be removed. Only looks. */
export async function prepareDown(
  command: CommandContext,
  deleteData: boolean,
): Promise<Omit<PreparedPlan, "images">> {
  const { snowpark, config } = command;
  // Images go with their repository: which they are does not matter.
  const deployment: PlannedDeployment = {
    config,
    images: { server: anyImage, notebook: anyImage },
  };
  const context = planContextOf(command, deployment, randomPassword);
  const plan = await snowpark.planDown(deployment, context, { deleteData, now: new Date() });
  return { plan, context };
}

const anyImage: DeploymentImage = {
  name: "any",
  tag: "any",
  dataFolder: "/",
  owner: { uid: 0, gid: 0 },
};

function planContextOf(
  { snowpark, session }: CommandContext,
  deployment: PlannedDeployment,
  newSecret: () => string,
): PlanContext {
  return snowpark.planContext(deployment, { session, newSecret, now: () => new Date() });
}

function randomPassword(): string {
  return randomBytes(24).toString("base64url");
}
