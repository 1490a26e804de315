import { SnowparkError } from "../base/snowpark-error.ts";
import { computePool } from "../resources/compute-pool.ts";
import { database } from "../resources/database.ts";
import { type Deployment, inSchema, resourceId, schemaName } from "../resources/deployment.ts";
import { externalAccessIntegration } from "../resources/external-access-integration.ts";
import { image } from "../resources/image.ts";
import { imageRepository } from "../resources/image-repository.ts";
import { networkRule } from "../resources/network-rule.ts";
import { notebookRole, notebookSpecification } from "../resources/notebook-specification.ts";
import { ownerGrants } from "../resources/owner-grants.ts";
import type { DeploymentImage, Resource } from "../resources/resource.ts";
import { role } from "../resources/role.ts";
import { roleGrants } from "../resources/role-grants.ts";
import { schema } from "../resources/schema.ts";
import { secret } from "../resources/secret.ts";
import { serverSpecification } from "../resources/server-specification.ts";
import { service } from "../resources/service.ts";
import { serviceFunction, serviceFunctions } from "../resources/service-function.ts";
import { serviceRoleGrant } from "../resources/service-role-grant.ts";
import { dataSnapshots } from "../resources/snapshot.ts";
import { stage } from "../resources/stage.ts";
import { functionUsage, integrationUsage, userUsage } from "../resources/user-grants.ts";
import { warehouse } from "../resources/warehouse.ts";

/**
 * All that a deployment consists of, each behind what it depends on. Pure: the account is not asked.
 *
 * @throws SnowparkError `invalid-configuration` where the configuration asks for what can't be.
 */
export function desired(deployment: Deployment): readonly Resource[] {
  checkConfiguration(deployment);
  return linked(deployment, [
    ...roles(deployment),
    ...containers(deployment),
    ...services(deployment),
    ...access(deployment),
  ]);
}

/** What a deployment of these names could consist of: all that `desired` may have made under another configuration. */
export function possible(deployment: Deployment): readonly Resource[] {
  const { config, images } = deployment;
  const everything: Deployment = {
    config: {
      ...config,
      engine: { kind: "redkite" },
      notebook: true,
      egress: config.egress.length > 0 ? config.egress : ["localhost:443"],
      warehouse: { ...config.warehouse, enabled: true },
    },
    images: { ...images, notebook: images.notebook ?? images.server },
  };
  const own = desired(deployment);
  const ids = new Set(own.map(({ id }) => id));
  return linked(deployment, [...own, ...desired(everything).filter(({ id }) => !ids.has(id))]);
}

/** Puts the owner's rights in the place of what is there already: what is made in that needs them. */
function linked({ config }: Deployment, resources: readonly Resource[]): readonly Resource[] {
  const { ownerRole } = config.names;
  const rights = [resourceId("owner grants", ownerRole), resourceId("role grants", ownerRole)];
  const ids = new Set(resources.map(({ id }) => id));
  return resources.map((resource) => {
    const needed = resource.dependsOn.flatMap((id) => (ids.has(id) ? [id] : rights));
    const dependsOn = [...new Set(needed)].filter((id) => ids.has(id));
    return { ...resource, dependsOn };
  });
}

function roles(deployment: Deployment): Resource[] {
  const { names, existing, users } = deployment.config;
  const owner = [
    role(deployment, names.ownerRole, "kept with the data"),
    roleGrants(deployment, names.ownerRole, {
      roles: ["SYSADMIN"],
      users: [],
      deployer: true,
      exclusive: false,
    }),
    ownerGrants(deployment),
  ];
  const user = [
    role(deployment, names.userRole, "removed"),
    roleGrants(deployment, names.userRole, { roles: [], users, deployer: false, exclusive: true }),
  ];
  return [
    ...(existing.includes("ownerRole") ? [] : owner),
    ...(existing.includes("userRole") ? [] : user),
  ];
}

function containers(deployment: Deployment): Resource[] {
  const { config, images } = deployment;
  const { existing } = config;
  return [
    computePool(deployment),
    ...(config.warehouse.enabled && !existing.includes("warehouse") ? [warehouse(deployment)] : []),
    ...(existing.includes("database") ? [] : [database(deployment)]),
    ...(existing.includes("schema") ? [] : [schema(deployment)]),
    imageRepository(deployment),
    image(deployment, images.server),
    secret(deployment),
    ...(config.notebook ? [image(deployment, notebookImage(deployment)), stage(deployment)] : []),
    ...(config.egress.length > 0
      ? [
          networkRule(deployment),
          externalAccessIntegration(deployment),
          integrationUsage(deployment),
        ]
      : []),
  ];
}

function services(deployment: Deployment): Resource[] {
  const { config, images } = deployment;
  const { names } = config;
  const integration = config.egress.length > 0 ? config.names.externalAccessIntegration : undefined;
  const common = [
    resourceId("compute pool", names.pool),
    resourceId("schema", schemaName(deployment)),
    resourceId("secret", inSchema(deployment, names.rootSecret)),
    resourceId("owner grants", names.ownerRole),
    resourceId("role grants", names.ownerRole),
    ...(integration === undefined ? [] : [resourceId("owner grants", integration)]),
  ];
  const server = service(deployment, {
    name: names.service,
    specification: serverSpecification(deployment),
    dependsOn: [...common, imageId(images.server)],
    warehouse: undefined,
    externalAccessIntegration: integration,
    async initialSnapshot(context) {
      const snapshots = await dataSnapshots(deployment, context);
      const newest = snapshots.find(({ state }) => state === "CREATED");
      return newest === undefined ? undefined : inSchema(deployment, newest.name);
    },
  });
  return [server, ...(config.notebook ? [notebookService(deployment, common)] : [])];
}

function notebookService(deployment: Deployment, common: readonly string[]): Resource {
  const { config } = deployment;
  const { names } = config;
  const notebook = notebookImage(deployment);
  const warehouseId = resourceId("warehouse", names.warehouse);
  return service(deployment, {
    name: names.notebookService,
    specification: notebookSpecification(deployment, notebook),
    dependsOn: [
      ...common,
      imageId(notebook),
      // Whose address it is told.
      resourceId("service", inSchema(deployment, names.service)),
      resourceId("stage", inSchema(deployment, names.stage)),
      ...(config.warehouse.enabled ? [warehouseId] : []),
    ],
    warehouse: config.warehouse.enabled ? names.warehouse : undefined,
    externalAccessIntegration:
      config.egress.length > 0 ? names.externalAccessIntegration : undefined,
  });
}

/** What the user role may do. */
function access(deployment: Deployment): Resource[] {
  const { config } = deployment;
  const functions = config.engine.kind === "redkite" ? serviceFunctions : [];
  return [
    userUsage(deployment),
    ...functions.map((of) => serviceFunction(deployment, of)),
    ...(functions.length > 0 ? [functionUsage(deployment, functions)] : []),
    ...(config.notebook
      ? [
          serviceRoleGrant(deployment, {
            service: config.names.notebookService,
            serviceRole: notebookRole,
          }),
        ]
      : []),
  ];
}

function imageId(reference: DeploymentImage): string {
  return resourceId("image", `${reference.name}:${reference.tag}`);
}

function notebookImage({ images }: Deployment): DeploymentImage {
  if (images.notebook === undefined) {
    throw new SnowparkError("invalid-configuration", "A notebook is wanted, and it has no image");
  }
  return images.notebook;
}

/** What can't be named in quotes: services, compute pools, and image repositories with all that they lie in. */
const unquoted = [
  "database",
  "schema",
  "repository",
  "pool",
  "service",
  "notebookService",
] as const;
const plainName = /^[A-Z_][A-Z0-9_$]*$/;

function checkConfiguration({ config }: Deployment): void {
  const { names, existing, users } = config;
  for (const key of unquoted) {
    if (!plainName.test(names[key])) {
      const message = `names.${key} must be a name that needs no quotes, and is ${names[key]}`;
      throw new SnowparkError("invalid-configuration", message);
    }
  }
  if (existing.includes("userRole") && users.length > 0) {
    const message = "users can't be given a role that is named in existing: grant it yourself";
    throw new SnowparkError("invalid-configuration", message);
  }
  if (existing.includes("schema") && !existing.includes("database")) {
    const message = "an existing schema lies in an existing database: name both in existing";
    throw new SnowparkError("invalid-configuration", message);
  }
}
