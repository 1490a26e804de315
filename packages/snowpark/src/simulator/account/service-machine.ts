import { fullName, ownName } from "./account-objects.ts";
import { containerKey } from "./container-key.ts";
import { placementProblem } from "./placement.ts";
import { removeObject } from "./removal.ts";
import { advanceContainers, beginContainers } from "./service-containers.ts";
import type { ServiceContainer, ServiceObject, ServicePhase, SnapshotObject } from "./state.ts";
import type { AccountParts } from "./statement-context.ts";

const dayMs = 24 * 3_600_000;
const defaultSnapshotDays = 7;

/** The phases in which a service has containers or waits for them. */
const activePhases: ReadonlySet<ServicePhase> = new Set([
  "waiting",
  "pulling",
  "running",
  "failed",
]);

/** Lets a service's state follow the clock, its pool and the runtime. */
export async function advanceService(service: ServiceObject, parts: AccountParts): Promise<void> {
  const now = parts.options.now();
  const isStopped = now >= service.since + parts.timings.serviceStop;
  if (service.phase === "deleting" && isStopped && !parts.stops.isStopping(service.id)) {
    await removeObject(service, parts);
  }
  if (service.phase === "suspending" && isStopped && !parts.stops.isStopping(service.id)) {
    enter(service, "suspended", service.since + parts.timings.serviceStop);
    service.suspendedOn = service.since;
    service.containers = [];
  }
  if (service.phase === "waiting") advanceWaiting(service, parts);
  if (service.phase === "pulling" && now >= service.since + parts.timings.imagePull) {
    enter(service, "running", service.since + parts.timings.imagePull);
    await beginContainers(service, parts);
  }
  if (service.phase === "running") {
    await advanceContainers(service, parts);
    finishJob(service);
  }
}

function enter(service: ServiceObject, phase: ServicePhase, at: number): void {
  service.phase = phase;
  service.since = at;
}

function advanceWaiting(service: ServiceObject, parts: AccountParts): void {
  // A container of the version before may still be running, with the same volumes and ports.
  if (parts.stops.isStopping(service.id)) return;
  const pool = parts.objects.find("COMPUTE POOL", [service.computePool]);
  if (pool?.state !== "IDLE") return;
  const problem = placementProblem(service, pool, parts.objects);
  if (problem !== undefined) {
    sayAll(service, problem);
    return;
  }
  enter(service, "pulling", Math.max(service.since, pool.since));
  sayAll(service, "Waiting to start");
}

function sayAll(service: ServiceObject, message: string): void {
  for (const container of service.containers) {
    if (container.status === "PENDING") container.message = message;
  }
}

function finishJob(service: ServiceObject): void {
  if (!service.isJob) return;
  if (service.containers.some(({ status }) => status === "FAILED")) service.phase = "failed";
  else if (service.containers.every(({ status }) => status === "DONE")) service.phase = "done";
}

/** Puts a service's containers, new ones, to the start of their way. */
export function startService(
  service: ServiceObject,
  containers: readonly ServiceContainer[],
  now: number,
): void {
  service.containers = [...containers];
  enter(service, "waiting", now);
  sayAll(service, "Compute pool node(s) are being provisioned.");
}

/** Stops the containers; the service stays, with its volumes and addresses. */
export function suspendService(service: ServiceObject, parts: AccountParts): void {
  if (!activePhases.has(service.phase)) return;
  stopContainers(service, parts);
  enter(service, "suspending", parts.options.now());
}

export function stopContainers(service: ServiceObject, parts: AccountParts): void {
  const started = service.containers.filter(({ startedOn }) => startedOn !== null);
  parts.stops.begin(
    service.id,
    started.map((container) => containerKey(service, container)),
  );
  for (const container of service.containers) {
    if (container.status === "PENDING" || container.status === "READY") {
      container.status = "TERMINATING";
      container.message = "Terminating";
    }
  }
}

/** Begins to delete a service: it is gone once its containers have ended. Block volumes leave their snapshots. */
export async function deleteService(service: ServiceObject, parts: AccountParts): Promise<void> {
  if (service.phase === "deleting") return;
  if (parts.behaviour.snapshotsOnDelete && !service.isJob) await keepVolumes(service, parts);
  stopContainers(service, parts);
  enter(service, "deleting", parts.options.now());
}

/** BCR-2206: volumes that are deleted leave a snapshot, named by the system. */
export async function keepVolumes(service: ServiceObject, parts: AccountParts): Promise<void> {
  const now = parts.options.now();
  for (const volume of service.volumes) {
    const specified = service.specification.spec.volumes?.find(({ name }) => name === volume.name);
    const config = specified?.blockConfig;
    if (config?.snapshotOnDelete === false) continue;
    const id = parts.objects.takeId();
    await parts.options.runtime?.takeSnapshot(volume.id, String(id));
    const snapshot: SnapshotObject = {
      id,
      type: "SNAPSHOT",
      name: [...service.name.slice(0, 2), `SYS_BACKUP_ON_DELETE_${id}_${Math.floor(now / 1000)}`],
      owner: service.owner,
      createdOn: now,
      comment: `Taken when volume ${volume.name} of ${ownName(service)} was deleted`,
      service: fullName(service),
      volume: volume.name,
      instance: volume.instance,
      sizeGi: volume.sizeGi,
      readyOn: now,
      expiresOn: now + retentionMs(config?.snapshotDeleteAfter),
    };
    parts.objects.add(snapshot);
  }
}

/** `12h` or `7d`, in milliseconds. */
function retentionMs(written: string | undefined): number {
  const match = /^(\d+)([hd])$/.exec(written ?? "");
  if (match === null) return defaultSnapshotDays * dayMs;
  return Number(match[1]) * (match[2] === "h" ? dayMs / 24 : dayMs);
}

/** What SHOW SERVICES says of a service. */
export function serviceStatus(service: ServiceObject): string {
  if (service.phase === "waiting" || service.phase === "pulling") {
    return service.containers.some(({ status }) => status === "FAILED") ? "FAILED" : "PENDING";
  }
  if (service.phase !== "running") return service.phase.toUpperCase();
  if (service.containers.some(({ status }) => status === "FAILED")) return "FAILED";
  return readyInstances(service) >= service.minReadyInstances ? "RUNNING" : "PENDING";
}

function readyInstances(service: ServiceObject): number {
  const instances = new Set(service.containers.map(({ instance }) => instance));
  return [...instances].filter((instance) => instanceStatus(service, instance) === "READY").length;
}

/** What SHOW SERVICE INSTANCES says of an instance. */
export function instanceStatus(service: ServiceObject, instance: number): string {
  const statuses = service.containers
    .filter((container) => container.instance === instance)
    .map(({ status }) => status);
  if (statuses.includes("FAILED")) return "FAILED";
  if (statuses.includes("TERMINATING")) return "TERMINATING";
  if (statuses.every((status) => status === "DONE")) return "SUCCEEDED";
  return statuses.every((status) => status === "READY") ? "READY" : "PENDING";
}
