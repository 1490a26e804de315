import { identifier } from "../sql/quote.ts";
import { type Deployment, resourceId, schemaName } from "./deployment.ts";
import { type Privilege, privilegeGrants } from "./privilege-grants.ts";
import type { Resource } from "./resource.ts";

/** What the owner makes in a schema. */
const madeInSchema = ["SERVICE", "IMAGE REPOSITORY", "STAGE", "SECRET", "SNAPSHOT"];

/** What the owner role of ours may do in the account, and with what was there before: no more than is made. */
export function ownerGrants(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole } = config.names;
  return privilegeGrants({
    id: resourceId("owner grants", ownerRole),
    kind: "owner grants",
    name: ownerRole,
    dependsOn: [resourceId("role", ownerRole)],
    role: ownerRole,
    reader: config.adminRole,
    privileges: [...accountPrivileges(deployment), ...privilegesOnExisting(deployment)],
    exclusiveOn: { shownKind: "ACCOUNT", by: config.adminRole },
  });
}

function accountPrivileges({ config }: Deployment): Privilege[] {
  const { existing, warehouse, notebook, rest } = config;
  const names = [
    "CREATE COMPUTE POOL",
    ...(existing.includes("database") ? [] : ["CREATE DATABASE"]),
    ...(warehouse.enabled && !existing.includes("warehouse") ? ["CREATE WAREHOUSE"] : []),
    ...(notebook || rest.public ? ["BIND SERVICE ENDPOINT"] : []),
  ];
  return names.map((privilege) => ({
    privilege,
    on: "ACCOUNT",
    shownKind: "ACCOUNT",
    isShownAs: () => true,
    by: config.adminRole,
  }));
}

function privilegesOnExisting(deployment: Deployment): Privilege[] {
  const { config } = deployment;
  const { existing, names } = config;
  const database = identifier(names.database);
  const schema = schemaName(deployment);
  const made = [
    ...madeInSchema,
    ...(config.engine.kind === "redkite" ? ["FUNCTION"] : []),
    ...(config.egress.length > 0 ? ["NETWORK RULE"] : []),
  ];
  return [
    ...(existing.includes("warehouse") && config.warehouse.enabled
      ? [on("USAGE", "WAREHOUSE", identifier(names.warehouse))]
      : []),
    ...(existing.includes("database") ? [on("USAGE", "DATABASE", database)] : []),
    ...(existing.includes("database") && !existing.includes("schema")
      ? [on("CREATE SCHEMA", "DATABASE", database)]
      : []),
    ...(existing.includes("schema")
      ? [
          on("USAGE", "SCHEMA", schema),
          ...made.map((kind) => on(`CREATE ${kind}`, "SCHEMA", schema)),
        ]
      : []),
  ];

  function on(privilege: string, kind: string, name: string): Privilege {
    return usageLike({ privilege, kind, name, by: config.adminRole });
  }
}

/** A privilege on an object that is named by its identifier. */
export function usageLike(grant: {
  readonly privilege: string;
  readonly kind: string;
  readonly name: string;
  readonly by: string;
}): Privilege {
  return {
    privilege: grant.privilege,
    on: `${grant.kind} ${grant.name}`,
    shownKind: grant.kind,
    isShownAs: (shown) => shown === grant.name,
    by: grant.by,
  };
}
