import { ownName } from "../account-objects.ts";
import { type Alteration, altered, readAlteration } from "../alteration.ts";
import type { Change } from "../object-kind.ts";
import { readList } from "../properties.ts";
import { readSpecificationSource, resolveDefinition } from "../service-definition.ts";
import { keepVolumes, startService, stopContainers, suspendService } from "../service-machine.ts";
import type { BlockVolume, ServiceContainer, ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist, notPossible, notSimulated, serviceError } from "../statement-error.ts";
import {
  checkInstances,
  digestsOf,
  instancesOf,
  integrationsOf,
  serviceShape,
  wakePool,
  warehouseOf,
} from "./service-creation.ts";

/** Reads what follows `ALTER SERVICE name`. */
export function readServiceChange(cursor: StatementCursor): Change<"SERVICE"> {
  if (cursor.comesNext("FROM")) return readUpgrade(cursor);
  if (cursor.accept("RESTORE VOLUME")) return readRestore(cursor);
  const verb = cursor.acceptOneOf(["SUSPEND", "RESUME"]);
  if (verb === undefined) return readSettings(cursor);
  cursor.expectEnd();
  return (service, context) => {
    context.require("OPERATE", service);
    requireService(service);
    if (verb === "SUSPEND") suspendService(service, context.parts);
    else resumeService(service, context);
    return undefined;
  };
}

function requireService(service: ServiceObject): void {
  if (service.isJob)
    throw notPossible(`'${ownName(service)}' is a job service and can't be altered.`);
  if (service.phase === "deleting") throw doesNotExist("Service", service.name.join("."));
}

function resumeService(service: ServiceObject, context: StatementContext): void {
  if (service.phase !== "suspended" && service.phase !== "suspending") return;
  wakePool(context.get("COMPUTE POOL", [service.computePool]), context);
  service.resumedOn = context.now;
  startService(service, againOf(service), context.now);
}

/** The same containers, pinned to the same digests, at the start of their way. A suspended service has none. */
function againOf(service: ServiceObject): ServiceContainer[] {
  return Array.from({ length: service.minInstances }, (_, instance) =>
    service.specification.spec.containers.map(({ name, image }) => ({
      instance,
      name,
      image,
      digest: service.digests[name] ?? "",
      status: (service.digests[name] === undefined
        ? "FAILED"
        : "PENDING") as ServiceContainer["status"],
      message: service.digests[name] === undefined ? `Failed to pull image '${image}'.` : "",
      restartCount: 0,
      startedOn: null,
      lastExitCode: null,
      lastRestartOn: null,
    })),
  ).flat();
}

function readUpgrade(cursor: StatementCursor): Change<"SERVICE"> {
  const source = readSpecificationSource(cursor);
  cursor.expectEnd();
  return async (service, context) => {
    context.require("OPERATE", service);
    requireService(service);
    const definition = await resolveDefinition(source, service.name, context);
    if (volumesOf(definition.specification) !== volumesOf(service.specification)) {
      throw serviceError("The block storage volumes of a service can't be changed.");
    }
    checkInstances({ ...service, specification: definition.specification });
    service.specificationText = definition.text;
    service.specification = definition.specification;
    service.updatedOn = context.now;
    const isStopped = service.phase === "suspended" || service.phase === "suspending";
    const containers = instancesOf(definition, service.minInstances);
    service.digests = digestsOf(containers);
    if (!isStopped) {
      stopContainers(service, context.parts);
      startService(service, containers, context.now);
    }
    return undefined;
  };
}

function volumesOf(specification: ServiceObject["specification"]): string {
  const blocks = (specification.spec.volumes ?? []).filter(({ source }) => source === "block");
  return JSON.stringify(blocks.map(({ name, size }) => [name, size]).sort());
}

function readRestore(cursor: StatementCursor): Change<"SERVICE"> {
  const volumeName = cursor.identifier();
  cursor.expect("INSTANCES");
  const instances = readInstances(cursor);
  cursor.expect("FROM SNAPSHOT");
  const snapshotName = cursor.name();
  cursor.expectEnd();
  return async (service, context) => {
    context.require("OPERATE", service);
    requireService(service);
    const snapshot = context.get("SNAPSHOT", snapshotName);
    context.require("USAGE", snapshot);
    if (service.phase !== "suspended") {
      throw notPossible(
        `Service '${ownName(service)}' must be suspended before a volume is restored.`,
      );
    }
    const volumes = instances.map((instance) => volumeAt(service, volumeName, instance));
    if (volumes.some(({ sizeGi }) => sizeGi < snapshot.sizeGi)) {
      throw serviceError(`Snapshot '${ownName(snapshot)}' is larger than volume '${volumeName}'.`);
    }
    if (context.parts.behaviour.snapshotsOnDelete) {
      await keepVolumes({ ...service, volumes }, context.parts);
    }
    for (const { id } of volumes) {
      await context.parts.options.runtime?.restoreSnapshot(String(snapshot.id), id);
    }
    return undefined;
  };
}

function readInstances(cursor: StatementCursor): number[] {
  if (cursor.peek()?.text === "(") return readList(cursor, () => cursor.integer());
  const instances = [cursor.integer()];
  while (cursor.acceptSymbol(",")) instances.push(cursor.integer());
  return instances;
}

function volumeAt(service: ServiceObject, name: string, instance: number): BlockVolume {
  const volume = service.volumes.find((one) => one.name === name && one.instance === instance);
  if (volume === undefined) throw doesNotExist("Volume", `${name} of instance ${instance}`);
  return volume;
}

function readSettings(cursor: StatementCursor): Change<"SERVICE"> {
  const alteration = readAlteration(cursor, serviceShape);
  return (service, context) => {
    context.require("OPERATE", service);
    requireService(service);
    const changed = withSettings(service, alteration, context);
    if (changed.minInstances !== service.minInstances) {
      throw notSimulated("ALTER SERVICE … SET MIN_INSTANCES");
    }
    checkInstances(changed);
    Object.assign(service, changed);
    return undefined;
  };
}

function withSettings(
  service: ServiceObject,
  alteration: Alteration<typeof serviceShape>,
  context: StatementContext,
): ServiceObject {
  const { minInstances, maxInstances, minReadyInstances, autoResume, autoSuspendSecs, comment } =
    service;
  const { set, unset } = alteration;
  const integrations = unset.includes("EXTERNAL_ACCESS_INTEGRATIONS")
    ? []
    : integrationsOf(set, context);
  const warehouse = unset.includes("QUERY_WAREHOUSE") ? null : warehouseOf(set, context);
  return {
    ...service,
    minInstances: altered(alteration, "MIN_INSTANCES", { was: minInstances, initial: 1 }),
    maxInstances: altered(alteration, "MAX_INSTANCES", { was: maxInstances, initial: 1 }),
    minReadyInstances: altered(alteration, "MIN_READY_INSTANCES", {
      was: minReadyInstances,
      initial: 1,
    }),
    autoResume: altered(alteration, "AUTO_RESUME", { was: autoResume, initial: true }),
    autoSuspendSecs: altered(alteration, "AUTO_SUSPEND_SECS", { was: autoSuspendSecs, initial: 0 }),
    comment: altered(alteration, "COMMENT", { was: comment, initial: "" }),
    externalAccessIntegrations: integrations ?? service.externalAccessIntegrations,
    queryWarehouse: warehouse === undefined ? service.queryWarehouse : warehouse,
  };
}
