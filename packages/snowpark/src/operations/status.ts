import type { SqlRow } from "../session/snow-session.ts";
import { qualified } from "../sql/quote.ts";
import { costOfNodes, type HourlyCost } from "./hourly-cost.ts";
import type { OperationContext } from "./operation-context.ts";
import { ask, findNamed } from "./owner-queries.ts";

export interface DeploymentStatus {
  readonly name: string;
  readonly account: string;
  /** `undefined` where there is none. */
  readonly pool: PoolStatus | undefined;
  /** Those that are there, the database's first. */
  readonly services: readonly ServiceStatus[];
}

export interface PoolStatus {
  readonly name: string;
  /** Snowflake's word: `STARTING`, `IDLE`, `ACTIVE`, `STOPPING`, `SUSPENDED`, `RESIZING`. */
  readonly state: string;
  readonly message: string;
  readonly nodes: number;
  /** When it last began to charge, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** What it charges now: nothing while it starts or is suspended. */
  readonly cost: HourlyCost;
  /** Credits since it last began to charge, where the price is known. An estimate. */
  readonly creditsSoFar: number | undefined;
}

export interface ServiceStatus {
  readonly name: string;
  readonly status: string;
  readonly containers: readonly ContainerStatus[];
  readonly endpoints: readonly EndpointStatus[];
}

export interface ContainerStatus {
  readonly name: string;
  readonly instance: string;
  readonly status: string;
  readonly message: string;
  readonly restarts: number;
  readonly image: string;
}

export interface EndpointStatus {
  readonly name: string;
  readonly port: string;
  readonly isPublic: boolean;
  /** The host of a public endpoint, once Snowflake has one. */
  readonly ingressHost: string | undefined;
}

const chargedStates: ReadonlySet<string> = new Set(["IDLE", "ACTIVE", "STOPPING", "RESIZING"]);

/** What is there of a deployment, and how it does. Reads only. */
export async function readStatus(context: OperationContext): Promise<DeploymentStatus> {
  const { config, session } = context;
  const [pool, services] = await Promise.all([readPool(context), readServices(context)]);
  return { name: config.name, account: session.account, pool, services };
}

/** The status of the compute pool, `undefined` where it is not there or not for the owner role to see. */
export async function readPool(context: OperationContext): Promise<PoolStatus | undefined> {
  const { config, clock } = context;
  const row = await findNamed(context, "COMPUTE POOLS", config.names.pool);
  if (row === undefined) return undefined;
  const state = row["state"] ?? "";
  const nodes = Number(row["active_nodes"] ?? 0) + Number(row["idle_nodes"] ?? 0);
  const cost = costOfNodes(row["instance_family"] ?? "", chargedStates.has(state) ? nodes : 0);
  const since = timeOf(row["resumed_on"]) ?? timeOf(row["created_on"]);
  return {
    name: config.names.pool,
    state,
    message: row["status_message"] ?? "",
    nodes,
    since,
    cost,
    creditsSoFar: creditsSince(since, cost, clock.now()),
  };
}

function creditsSince(
  since: number | undefined,
  { creditsPerHour }: HourlyCost,
  now: number,
): number | undefined {
  if (since === undefined || creditsPerHour === undefined) return undefined;
  return (Math.max(0, now - since) / 3_600_000) * creditsPerHour;
}

function timeOf(text: string | null | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

async function readServices(context: OperationContext): Promise<readonly ServiceStatus[]> {
  const { service, notebookService } = context.config.names;
  const found = await Promise.all(
    [service, notebookService].map((name) => readService(context, name)),
  );
  return found.filter((status) => status !== undefined);
}

/** The status of one of the deployment's services, `undefined` where it is not there. */
export async function readService(
  context: OperationContext,
  name: string,
): Promise<ServiceStatus | undefined> {
  const { database, schema } = context.config.names;
  const row = await findNamed(context, "SERVICES", name);
  if (row === undefined) return undefined;
  const id = qualified(database, schema, name);
  const [containers, endpoints] = await Promise.all([
    ask(context, `SHOW SERVICE CONTAINERS IN SERVICE ${id}`),
    ask(context, `SHOW ENDPOINTS IN SERVICE ${id}`),
  ]);
  return {
    name,
    status: row["status"] ?? "",
    containers: containers.rows.map(containerOf),
    endpoints: endpoints.rows.map(endpointOf),
  };
}

function containerOf(row: SqlRow): ContainerStatus {
  return {
    name: row["container_name"] ?? "",
    instance: row["instance_id"] ?? "0",
    status: row["status"] ?? "",
    message: row["message"] ?? "",
    restarts: Number(row["restart_count"] ?? 0),
    image: row["image_name"] ?? "",
  };
}

function endpointOf(row: SqlRow): EndpointStatus {
  const host = row["ingress_url"] ?? "";
  return {
    name: row["name"] ?? "",
    port: row["port"] ?? row["port_range"] ?? "",
    isPublic: row["is_public"] === "true",
    // Until there is one, the column has a sentence.
    ingressHost: host === "" || /\s/.test(host) ? undefined : host,
  };
}
