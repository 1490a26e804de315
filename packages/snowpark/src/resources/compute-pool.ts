import type { SqlRow } from "../session/snow-session.ts";
import { identifier } from "../sql/quote.ts";
import { accountReader, type Deployment, resourceId } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { blockedDifference, commentClause, difference, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import {
  type Change,
  type Readiness,
  type Resource,
  type ResourceContext,
  run,
} from "./resource.ts";

const running = new Set(["STARTING", "IDLE", "ACTIVE", "RESIZING"]);
const usable = new Set(["IDLE", "ACTIVE", "RESIZING"]);

/** The machines that the containers run on. They cost from the moment they have started. */
export function computePool(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, pool: name } = config.names;
  const marker = markerOf(config.name, config.pool);
  const comment = commentClause(marker);
  const { instanceFamily, minNodes, maxNodes, autoSuspendSeconds } = config.pool;
  return {
    id: resourceId("compute pool", name),
    kind: "compute pool",
    name,
    dependsOn: [resourceId("owner grants", ownerRole), resourceId("role grants", ownerRole)],
    atEnd: "removed",
    async observe(context) {
      const row = await poolRow(context);
      const state = row?.["state"] ?? "";
      if (state === "STOPPING") {
        return { kind: "unsettled", message: `the compute pool ${name} is stopping` };
      }
      return observeMarked(row, {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE COMPUTE POOL IF NOT EXISTS ${identifier(name)} MIN_NODES = ${minNodes} MAX_NODES = ${maxNodes} INSTANCE_FAMILY = ${identifier(instanceFamily)} AUTO_RESUME = TRUE AUTO_SUSPEND_SECS = ${autoSuspendSeconds} ${comment}`,
          ),
        ],
        changes: poolChanges(deployment, row ?? {}),
        mark: run(ownerRole, `ALTER COMPUTE POOL ${identifier(name)} SET ${comment}`),
        remove: [run(ownerRole, `DROP COMPUTE POOL IF EXISTS ${identifier(name)}`)],
      });
    },
    async foreignContent(context) {
      const show = `SHOW SERVICES IN COMPUTE POOL ${identifier(name)}`;
      const rows = await look(context, accountReader(deployment), show);
      return rows.map(
        (row) => `service ${row["database_name"]}.${row["schema_name"]}.${row["name"]}`,
      );
    },
    async ready(context) {
      return poolReadiness(await poolRow(context));
    },
  };

  async function poolRow(context: ResourceContext): Promise<SqlRow | undefined> {
    const show = `SHOW COMPUTE POOLS LIKE ${likePattern(name)}`;
    return named(await look(context, accountReader(deployment), show), name);
  }
}

function poolChanges({ config }: Deployment, row: SqlRow): Change[] {
  const { ownerRole, pool: name } = config.names;
  const { instanceFamily, minNodes, maxNodes, autoSuspendSeconds } = config.pool;
  const alter = `ALTER COMPUTE POOL ${identifier(name)}`;
  const state = row["state"] ?? "";
  return [
    ...blockedDifference(
      "instance_family",
      { is: row["instance_family"], wanted: instanceFamily },
      "the instance family of a compute pool can't be changed: run down, which keeps the data, and up again",
    ),
    ...difference(
      "nodes",
      { is: `${row["min_nodes"]} to ${row["max_nodes"]}`, wanted: `${minNodes} to ${maxNodes}` },
      run(config.names.ownerRole, `${alter} SET MIN_NODES = ${minNodes} MAX_NODES = ${maxNodes}`),
    ),
    ...difference(
      "auto_suspend_secs",
      { is: row["auto_suspend_secs"], wanted: String(autoSuspendSeconds) },
      run(ownerRole, `${alter} SET AUTO_SUSPEND_SECS = ${autoSuspendSeconds}`),
    ),
    ...difference(
      "state",
      { is: running.has(state) ? "running" : state, wanted: "running" },
      run(ownerRole, `${alter} RESUME`),
    ),
  ];
}

function poolReadiness(row: SqlRow | undefined): Readiness {
  const state = row?.["state"] ?? "gone";
  if (usable.has(state)) {
    return { kind: "ready" };
  }
  const code = row?.["error_code"] ?? "";
  const message = row?.["status_message"] ?? "";
  const full = `the compute pool is ${state}${message === "" ? "" : `: ${message}`}`;
  return code === "" || code === "0"
    ? { kind: "waiting", message: full }
    : { kind: "failed", message: `${full} (${code})` };
}
