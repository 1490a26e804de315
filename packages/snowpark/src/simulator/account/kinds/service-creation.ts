import { ownName } from "../account-objects.ts";
import type { Create, NewObject } from "../object-kind.ts";
import { resumePool } from "../pool-machine.ts";
import { rolesThatOwnNoService } from "../privileges.ts";
import {
  booleanProperty,
  identifierProperty,
  integerProperty,
  nameListProperty,
  type PropertiesOf,
  type PropertyReader,
  readProperties,
  textProperty,
} from "../properties.ts";
import {
  readSpecificationSource,
  resolveDefinition,
  type ServiceDefinition,
  type SpecificationSource,
} from "../service-definition.ts";
import { startService } from "../service-machine.ts";
import type { BlockVolume, ComputePoolObject, ServiceContainer, ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { invalidCombination, notPossible, serviceError } from "../statement-error.ts";
import { parseName } from "../written-name.ts";

const instancesMax = 50;

/** What CREATE and ALTER SERVICE may set. */
export const serviceShape: {
  readonly MIN_INSTANCES: PropertyReader<number>;
  readonly MAX_INSTANCES: PropertyReader<number>;
  readonly MIN_READY_INSTANCES: PropertyReader<number>;
  readonly AUTO_RESUME: PropertyReader<boolean>;
  readonly AUTO_SUSPEND_SECS: PropertyReader<number>;
  readonly QUERY_WAREHOUSE: PropertyReader<string>;
  readonly EXTERNAL_ACCESS_INTEGRATIONS: PropertyReader<string[][]>;
  readonly COMMENT: PropertyReader<string>;
} = {
  MIN_INSTANCES: integerProperty(1, instancesMax),
  MAX_INSTANCES: integerProperty(1, instancesMax),
  MIN_READY_INSTANCES: integerProperty(1, instancesMax),
  AUTO_RESUME: booleanProperty,
  AUTO_SUSPEND_SECS: integerProperty(0, 2 ** 31 - 1),
  QUERY_WAREHOUSE: identifierProperty,
  EXTERNAL_ACCESS_INTEGRATIONS: nameListProperty,
  COMMENT: textProperty,
};

export type ServiceProperties = PropertiesOf<typeof serviceShape>;

/** What a new service is made of, once its statement is read. */
export interface ServiceOrder {
  readonly pool: string;
  readonly source: SpecificationSource;
  readonly properties: ServiceProperties;
  readonly job: { readonly isAsync: boolean } | undefined;
}

/** Reads what follows `CREATE SERVICE name`. */
export function readNewService(cursor: StatementCursor): Create<"SERVICE"> {
  cursor.expect("IN COMPUTE POOL");
  const pool = cursor.identifier();
  const early = readProperties(cursor, serviceShape);
  const source = readSpecificationSource(cursor);
  const late = readProperties(cursor, serviceShape);
  return (base, context) =>
    createService(
      base,
      { pool, source, properties: { ...early, ...late }, job: undefined },
      context,
    );
}

export async function createService(
  base: NewObject,
  order: ServiceOrder,
  context: StatementContext,
): Promise<ServiceObject> {
  checkOwner(base);
  const pool = context.get("COMPUTE POOL", [order.pool]);
  context.require("USAGE", pool);
  const definition = await resolveDefinition(order.source, base.name, context);
  const { properties, job } = order;
  const minInstances = properties.MIN_INSTANCES ?? 1;
  const service: ServiceObject = {
    ...base,
    type: "SERVICE",
    comment: properties.COMMENT ?? "",
    computePool: ownName(pool),
    specificationText: definition.text,
    specification: definition.specification,
    phase: "waiting",
    since: context.now,
    containers: [],
    digests: digestsOf(definition.containers),
    volumes: blockVolumes(base.id, definition, minInstances),
    minInstances,
    maxInstances: properties.MAX_INSTANCES ?? minInstances,
    minReadyInstances: properties.MIN_READY_INSTANCES ?? minInstances,
    autoResume: properties.AUTO_RESUME ?? true,
    autoSuspendSecs: properties.AUTO_SUSPEND_SECS ?? 0,
    externalAccessIntegrations: integrationsOf(properties, context) ?? [],
    queryWarehouse: warehouseOf(properties, context) ?? null,
    isJob: job !== undefined,
    isAsyncJob: job?.isAsync ?? false,
    updatedOn: context.now,
    resumedOn: null,
    suspendedOn: null,
  };
  checkInstances(service);
  wakePool(pool, context);
  await fillVolumes(service, context);
  startService(service, instancesOf(definition, minInstances), context.now);
  return service;
}

function checkOwner({ owner, name }: NewObject): void {
  if (rolesThatOwnNoService.has(owner)) {
    throw serviceError(`Role ${owner} cannot own a service. Use another role to create it.`);
  }
  if (!/^[A-Z_][A-Z0-9_$]*$/.test(name.at(-1) ?? "")) {
    throw serviceError(
      `Invalid service name: '${name.at(-1)}'. Quoted names for special characters or case-sensitive names are not supported.`,
    );
  }
}

/** @throws StatementError where the numbers of instances don't go together. */
export function checkInstances(service: ServiceObject): void {
  const { minInstances, maxInstances, minReadyInstances } = service;
  if (minInstances > maxInstances) {
    throw invalidCombination(["MIN_INSTANCES", minInstances], ["MAX_INSTANCES", maxInstances]);
  }
  if (minReadyInstances > minInstances) {
    throw invalidCombination(
      ["MIN_READY_INSTANCES", minReadyInstances],
      ["MIN_INSTANCES", minInstances],
    );
  }
  if (service.volumes.length > 0 && minInstances !== maxInstances) {
    throw serviceError(
      "A service with block storage volumes must have MIN_INSTANCES equal to MAX_INSTANCES.",
    );
  }
  if (service.autoSuspendSecs > 0 && hasPublicEndpoint(service)) {
    throw serviceError("AUTO_SUSPEND_SECS is not supported for a service with public endpoints.");
  }
}

function hasPublicEndpoint({ specification }: ServiceObject): boolean {
  return (specification.spec.endpoints ?? []).some((endpoint) => endpoint.public === true);
}

/** Starts a pool that is suspended, if it lets itself be. */
export function wakePool(pool: ComputePoolObject, { now }: StatementContext): void {
  if (pool.state !== "SUSPENDED" && pool.state !== "STOPPING") return;
  if (!pool.autoResume) {
    throw notPossible(
      `Compute pool '${ownName(pool)}' is suspended and does not resume by itself. Run ALTER COMPUTE POOL ${ownName(pool)} RESUME first.`,
    );
  }
  resumePool(pool, now);
}

export function integrationsOf(
  { EXTERNAL_ACCESS_INTEGRATIONS: names }: ServiceProperties,
  context: StatementContext,
): string[] | undefined {
  return names?.map((name) => {
    const integration = context.get("INTEGRATION", name);
    context.require("USAGE", integration);
    return ownName(integration);
  });
}

export function warehouseOf(
  { QUERY_WAREHOUSE: name }: ServiceProperties,
  context: StatementContext,
): string | undefined {
  if (name === undefined) return undefined;
  const warehouse = context.get("WAREHOUSE", [name]);
  context.require("USAGE", warehouse);
  return ownName(warehouse);
}

/** What is pinned: the digest of each container whose image is there. */
export function digestsOf(
  containers: readonly Pick<ServiceContainer, "name" | "digest">[],
): Record<string, string> {
  return Object.fromEntries(
    containers.filter(({ digest }) => digest !== "").map(({ name, digest }) => [name, digest]),
  );
}

/** The containers of all instances. */
export function instancesOf(definition: ServiceDefinition, count: number): ServiceContainer[] {
  return Array.from({ length: count }, (_, instance) =>
    definition.containers.map((container) => ({ ...container, instance })),
  ).flat();
}

function blockVolumes(
  serviceId: number,
  definition: ServiceDefinition,
  count: number,
): BlockVolume[] {
  const blocks = (definition.specification.spec.volumes ?? []).filter(
    ({ source }) => source === "block",
  );
  return Array.from({ length: count }, (_, instance) =>
    blocks.map(({ name, size }) => ({
      id: `${serviceId}-${name}-${instance}`,
      name,
      instance,
      sizeGi: Number.parseInt(size ?? "0", 10),
    })),
  ).flat();
}

/** Gives new volumes the contents of the snapshots that the specification names. */
async function fillVolumes(service: ServiceObject, context: StatementContext): Promise<void> {
  for (const volume of service.volumes) {
    const specified = service.specification.spec.volumes?.find(({ name }) => name === volume.name);
    const written = specified?.blockConfig?.initialContents?.fromSnapshot;
    if (written === undefined) continue;
    const snapshot = context.get("SNAPSHOT", parseName(written, service.name) ?? [written]);
    await context.parts.options.runtime?.restoreSnapshot(String(snapshot.id), volume.id);
  }
}
