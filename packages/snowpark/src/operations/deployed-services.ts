import { SnowparkError } from "../base/snowpark-error.ts";
import type { OperationContext } from "./operation-context.ts";
import { readService, type ServiceStatus } from "./status.ts";

/** The services that are there: at least one. Throws `not-found` otherwise. */
export async function deployedServices(
  context: OperationContext,
): Promise<readonly [ServiceStatus, ...(readonly ServiceStatus[])]> {
  const { service, notebookService } = context.config.names;
  const found = await Promise.all(
    [service, notebookService].map((name) => readService(context, name)),
  );
  const [first, ...rest] = found.filter((status) => status !== undefined);
  if (first === undefined) {
    throw new SnowparkError(
      "not-found",
      `Nothing is deployed as "${context.config.name}" in ${context.session.account}`,
      { remedy: "redkite snowpark up deploys it." },
    );
  }
  return [first, ...rest];
}
