import { SnowparkError } from "../base/snowpark-error.ts";
import { inSchema } from "../resources/deployment.ts";
import type { OperationContext } from "./operation-context.ts";
import { findNamed } from "./owner-queries.ts";

/**
 * Where the deployment's images go, as the account writes it: `host/database/schema/repository`.
 *
 * @throws SnowparkError `not-found` where there is no repository yet.
 */
export async function repositoryUrl(context: OperationContext): Promise<string> {
  const { repository } = context.config.names;
  const url = (await findNamed(context, "IMAGE REPOSITORIES", repository))?.["repository_url"];
  if (url) return url;
  throw new SnowparkError(
    "not-found",
    `There is no image repository ${inSchema(context, repository)}`,
    { remedy: "redkite snowpark up makes it." },
  );
}
