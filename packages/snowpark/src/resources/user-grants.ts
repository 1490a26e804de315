import { identifier } from "../sql/quote.ts";
import { accountReader, type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { usageLike } from "./owner-grants.ts";
import { type Privilege, privilegeGrants } from "./privilege-grants.ts";
import type { Resource } from "./resource.ts";
import { functionSignature, type ServiceFunction } from "./service-function.ts";

/** What the user role needs to come by the notebook and the functions. Nothing in the database can be changed by it. */
export function userUsage(deployment: Deployment): Resource {
  const { config } = deployment;
  const { names, existing, adminRole, warehouse } = config;
  const full = schemaName(deployment);
  const by = (kind: "database" | "schema" | "warehouse"): string =>
    existing.includes(kind) ? adminRole : names.ownerRole;
  const usesWarehouse = warehouse.enabled && config.engine.kind === "redkite";
  return privilegeGrants({
    id: resourceId("user grants", names.userRole),
    kind: "user grants",
    name: names.userRole,
    dependsOn: [
      resourceId("role", names.userRole),
      resourceId("database", names.database),
      resourceId("schema", full),
      ...(usesWarehouse ? [resourceId("warehouse", names.warehouse)] : []),
    ],
    role: names.userRole,
    reader: accountReader(deployment),
    privileges: [
      usage("DATABASE", identifier(names.database), by("database")),
      usage("SCHEMA", full, by("schema")),
      ...(usesWarehouse ? [usage("WAREHOUSE", identifier(names.warehouse), by("warehouse"))] : []),
    ],
  });
}

/** The right of the user role to call the functions. */
export function functionUsage(
  deployment: Deployment,
  functions: readonly ServiceFunction[],
): Resource {
  const { names } = deployment.config;
  return privilegeGrants({
    id: resourceId("user grants", "functions"),
    kind: "user grants",
    name: `functions to ${names.userRole}`,
    dependsOn: [
      resourceId("user grants", names.userRole),
      ...functions.map((of) => resourceId("function", functionSignature(deployment, of))),
    ],
    role: names.userRole,
    reader: accountReader(deployment),
    privileges: functions.map((of) => functionPrivilege(deployment, of)),
  });
}

/** The right of the owner to give the integration, which the administrator made, to services. */
export function integrationUsage(deployment: Deployment): Resource {
  const { names, adminRole } = deployment.config;
  const integration = names.externalAccessIntegration;
  return privilegeGrants({
    id: resourceId("owner grants", integration),
    kind: "owner grants",
    name: `${integration} to ${names.ownerRole}`,
    dependsOn: [resourceId("external access integration", integration)],
    role: names.ownerRole,
    reader: adminRole,
    privileges: [usage("INTEGRATION", identifier(integration), adminRole)],
  });
}

function usage(kind: string, name: string, by: string): Privilege {
  return usageLike({ privilege: "USAGE", kind, name, by });
}

/** Functions are shown with their parameters' names or types behind their name, in quotes or not. */
function functionPrivilege(deployment: Deployment, of: ServiceFunction): Privilege {
  const name = inSchema(deployment, of.name);
  const parts = [deployment.config.names.database, deployment.config.names.schema, of.name];
  return {
    privilege: "USAGE",
    on: `FUNCTION ${functionSignature(deployment, of)}`,
    shownKind: "FUNCTION",
    isShownAs: (shown) =>
      shown === name || shown.replaceAll('"', "").startsWith(`${parts.join(".")}(`),
    by: deployment.config.names.ownerRole,
  };
}
