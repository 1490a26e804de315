import type { SqlRow } from "../session/snow-session.ts";
import { literal } from "../sql/quote.ts";
import { look } from "./look.ts";
import type { Readiness, ResourceContext } from "./resource.ts";

/** A container that has ended with an error so often does not come up by itself. */
const maxRestarts = 3;
const loggedLines = 20;

/** A service to be looked at: its qualified name, its row of `SHOW SERVICES`, and who looks. */
export interface ShownService {
  readonly name: string;
  readonly row: SqlRow | undefined;
  readonly reader: string;
}

/** Whether all containers of a service are ready, as it is to be, and its public endpoints have their addresses. */
export async function serviceReadiness(
  context: ResourceContext,
  { name, row, reader }: ShownService,
): Promise<Readiness> {
  const containers = await look(context, reader, `SHOW SERVICE CONTAINERS IN SERVICE ${name}`);
  const broken = containers.find(isBroken);
  if (broken !== undefined) {
    const logLines = await lastLines(context, { service: name, reader, container: broken });
    return { kind: "failed", message: brokenState(broken), logLines };
  }
  const waiting = containers.find((container) => container["status"] !== "READY");
  if (waiting !== undefined) {
    return { kind: "waiting", message: containerState(waiting) };
  }
  if (containers.length === 0) {
    return { kind: "waiting", message: `the service is ${row?.["status"] ?? "gone"}` };
  }
  if (row?.["is_upgrading"] === "true") {
    return { kind: "waiting", message: "the service is being upgraded" };
  }
  const endpoints = await look(context, reader, `SHOW ENDPOINTS IN SERVICE ${name}`);
  return endpoints.some((endpoint) => endpoint["is_public"] === "true" && !hasAddress(endpoint))
    ? { kind: "waiting", message: "the endpoints are being provisioned" }
    : { kind: "ready" };
}

function isBroken(row: SqlRow): boolean {
  const status = row["status"] ?? "";
  const message = row["message"] ?? "";
  return (
    status === "FAILED" ||
    status === "DONE" ||
    /failed to pull|image.*(?:not found|does not exist)/i.test(message) ||
    (status !== "READY" && restartsOf(row) >= maxRestarts)
  );
}

/** One that is started again and again has a status of its next try, which tells nothing of why the others ended. */
function brokenState(row: SqlRow): string {
  const restarts = restartsOf(row);
  const often = row["status"] === "PENDING" && restarts > 0 ? `, exited ${restarts} times` : "";
  return `${containerState(row)}${often}`;
}

function restartsOf(row: SqlRow): number {
  return Number(row["restart_count"] ?? 0);
}

function containerState(row: SqlRow): string {
  const message = row["message"] ?? "";
  const state = `the container ${row["container_name"]} is ${row["status"]}`;
  return message === "" ? state : `${state}: ${message}`;
}

/** Until then the column says that provisioning is in progress. */
function hasAddress(row: SqlRow): boolean {
  return /^[^\s]+\.[^\s]+$/.test(row["ingress_url"] ?? "");
}

async function lastLines(
  context: ResourceContext,
  of: { readonly service: string; readonly reader: string; readonly container: SqlRow },
): Promise<readonly string[]> {
  const instance = literal(of.container["instance_id"] ?? "0");
  const container = literal(of.container["container_name"] ?? "");
  const args = `${literal(of.service)}, ${instance}, ${container}, ${loggedLines}`;
  // One that was started again has written its reason before it ended.
  const tries = restartsOf(of.container) > 0 ? [`${args}, TRUE`, args] : [args];
  for (const given of tries) {
    const [row] = await look(context, of.reader, `SELECT SYSTEM$GET_SERVICE_LOGS(${given})`);
    const [text] = Object.values(row ?? {});
    const lines = (text ?? "").split("\n").filter((line) => line !== "");
    if (lines.length > 0) return lines;
  }
  return [];
}
