import type { SnowparkConfig } from "../config/snowpark-config.ts";
import { qualified } from "../sql/quote.ts";
import type { DeploymentImage, ResourceKind } from "./resource.ts";

/** The images that a deployment runs, which are built and pushed elsewhere. */
export interface DeploymentImages {
  readonly server: DeploymentImage;
  /** Without it there is no notebook to run. */
  readonly notebook?: DeploymentImage;
}

/** What resources are made of. */
export interface Deployment {
  readonly config: SnowparkConfig;
  readonly images: DeploymentImages;
}

/** The id of a resource. */
export function resourceId(kind: ResourceKind, name: string): string {
  return `${kind} ${name}`;
}

/** The name of something in the deployment's schema, as SQL. */
export function inSchema({ config }: Pick<Deployment, "config">, name: string): string {
  return qualified(config.names.database, config.names.schema, name);
}

/** The deployment's schema, as SQL. */
export function schemaName({ config }: Pick<Deployment, "config">): string {
  return qualified(config.names.database, config.names.schema);
}

/** The role that looks at what is not in the schema: it has to see objects that others made, too. */
export function accountReader({ config }: Deployment): string {
  return config.existing.includes("ownerRole") ? config.names.ownerRole : config.adminRole;
}
