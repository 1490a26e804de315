import { SnowparkError } from "../base/snowpark-error.ts";
import type { OperationContext } from "./operation-context.ts";
import { lastLogLines } from "./service-logs.ts";
import { readService, type ServiceStatus } from "./status.ts";
import { type Waiting, waitUntil } from "./wait-until.ts";

/** Pulling a large image takes minutes. */
const minutesMax = 15;

/** A container that ended so often will not come up by waiting. */
const restartsMax = 5;

/**
 * Waits until all containers of a service are ready, or the service is suspended.
 *
 * @throws SnowparkError `not-ready` with the last lines of its log, as soon as waiting longer is of no use.
 */
export async function waitForService(
  context: OperationContext,
  { name, title, wanted }: { name: string; title: string; wanted: "READY" | "SUSPENDED" },
): Promise<void> {
  await waitUntil(context, { step: title, minutesMax }, async () => {
    const service = await readService(context, name);
    if (service === undefined) throw new SnowparkError("not-found", `${title} is gone`);
    if (wanted === "SUSPENDED") return suspension(service);
    const failed = service.containers.find(
      ({ status, restarts }) => status === "FAILED" || restarts > restartsMax,
    );
    if (failed !== undefined || service.status === "FAILED") {
      throw await notReady(context, service, title);
    }
    return readiness(service);
  });
}

function suspension({ status }: ServiceStatus): Waiting<true> {
  return status === "SUSPENDED" ? { value: true } : { message: status };
}

function readiness({ status, containers }: ServiceStatus): Waiting<true> {
  const waiting = containers.find((container) => container.status !== "READY");
  if (containers.length > 0 && waiting === undefined) return { value: true };
  return { message: waiting?.message || status };
}

async function notReady(
  context: OperationContext,
  { name, status, containers }: ServiceStatus,
  title: string,
): Promise<SnowparkError> {
  const failed = containers.find((container) => container.status !== "READY");
  const why =
    failed === undefined ? status : `${failed.name} is ${failed.status}: ${failed.message}`;
  return new SnowparkError("not-ready", `${title} does not start: ${why}`, {
    step: title,
    logLines: await lastLogLines(context, name, failed),
  });
}
