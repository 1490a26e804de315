import { type AccountObjects, ownName } from "./account-objects.ts";
import { deleteService, suspendService } from "./service-machine.ts";
import type { ComputePoolObject, ServiceObject, ServicePhase } from "./state.ts";
import type { AccountParts, StatementContext } from "./statement-context.ts";
import { notPossible } from "./statement-error.ts";

/** In these a service has no containers on its pool. */
const idlePhases: ReadonlySet<ServicePhase> = new Set(["suspended", "done"]);

/** All services and jobs of a pool, those without containers too. */
export function servicesOn(objects: AccountObjects, pool: ComputePoolObject): ServiceObject[] {
  return objects.all("SERVICE").filter((service) => service.computePool === ownName(pool));
}

export function isPoolBusy(objects: AccountObjects, pool: ComputePoolObject): boolean {
  return servicesOn(objects, pool).some(({ phase }) => !idlePhases.has(phase));
}

/** Lets a pool's state follow the clock, each change at the time when it was due. */
export function advancePool(pool: ComputePoolObject, parts: AccountParts): void {
  const now = parts.options.now();
  if (pool.state === "STARTING") advanceStart(pool, parts, now);
  if (pool.state === "IDLE") advanceIdle(pool, parts, now);
  if (pool.state === "STOPPING" && now >= pool.since + parts.timings.poolStop) {
    enter(pool, "SUSPENDED", pool.since + parts.timings.poolStop);
  }
}

function advanceStart(pool: ComputePoolObject, parts: AccountParts, now: number): void {
  const faults = parts.options.faults ?? {};
  if (faults.noCapacity === true) {
    pool.errorCode = "392507";
    pool.statusMessage = `Compute pool ${ownName(pool)} could not be started: no capacity for ${pool.instanceFamily}.`;
  } else if (faults.poolsNeverStart !== true && now >= pool.since + parts.timings.poolStart) {
    pool.errorCode = null;
    pool.statusMessage = null;
    enter(pool, "IDLE", pool.since + parts.timings.poolStart);
  }
}

function advanceIdle(pool: ComputePoolObject, parts: AccountParts, now: number): void {
  if (isPoolBusy(parts.objects, pool)) {
    pool.busyOn = now;
    return;
  }
  const due = Math.max(pool.since, pool.busyOn) + pool.autoSuspendSecs * 1000;
  if (pool.autoSuspendSecs > 0 && now >= due) enter(pool, "STOPPING", due);
}

function enter(pool: ComputePoolObject, state: ComputePoolObject["state"], at: number): void {
  pool.state = state;
  pool.since = at;
  pool.updatedOn = at;
}

/** Suspends a pool with its services. Jobs would go on; here they have to be over. */
export function suspendPool(
  pool: ComputePoolObject,
  { objects, parts, now }: StatementContext,
): void {
  if (pool.state === "SUSPENDED" || pool.state === "STOPPING") return;
  const services = servicesOn(objects, pool);
  if (services.some(({ isJob, phase }) => isJob && !idlePhases.has(phase) && phase !== "failed")) {
    throw notPossible(`Compute pool '${ownName(pool)}' cannot be suspended while jobs run on it.`);
  }
  for (const service of services) if (!service.isJob) suspendService(service, parts);
  enter(pool, "STOPPING", now);
}

export function resumePool(pool: ComputePoolObject, now: number): void {
  if (pool.state !== "SUSPENDED" && pool.state !== "STOPPING") return;
  enter(pool, "STARTING", now);
  pool.resumedOn = now;
}

/** Deletes all services and jobs of a pool. */
export async function stopServicesOn(
  pool: ComputePoolObject,
  { objects, parts }: StatementContext,
): Promise<void> {
  for (const service of servicesOn(objects, pool)) await deleteService(service, parts);
}
