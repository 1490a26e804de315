import type { SqlRow } from "../session/snow-session.ts";
import { literal } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause } from "./marked-object.ts";
import { markerOf, readMarker } from "./marker.ts";
import type { Resource, ResourceContext, Statement, Step } from "./resource.ts";
import { dataVolume } from "./server-specification.ts";

/** A copy of the data volume that this deployment took. */
export interface DataSnapshot {
  /** As in `MILVUS_20261121_205800`. */
  readonly name: string;
  /** `INITIALIZED`, `CREATED`, `ERROR`. */
  readonly state: string;
  readonly createdOn: string;
}

/** The name of a snapshot that is taken at a moment. Names sort by time. */
export function snapshotName({ config }: Pick<Deployment, "config">, at: Date): string {
  const digits = at.toISOString().replaceAll(/[-:]/g, "").replace("T", "_").slice(0, 15);
  return `${config.names.service}_${digits}`;
}

/** Takes a snapshot of the data volume. It is usable once its state is `CREATED`. */
export function createSnapshot(deployment: Pick<Deployment, "config">, name: string): Statement {
  const { ownerRole, service } = deployment.config.names;
  const comment = commentClause(markerOf(deployment.config.name, { snapshot: service }));
  return {
    role: ownerRole,
    sql: `CREATE SNAPSHOT IF NOT EXISTS ${inSchema(deployment, name)} FROM SERVICE ${inSchema(deployment, service)} VOLUME "${dataVolume}" INSTANCE 0 ${comment}`,
  };
}

export function dropSnapshot(deployment: Pick<Deployment, "config">, name: string): Statement {
  const { ownerRole } = deployment.config.names;
  return { role: ownerRole, sql: `DROP SNAPSHOT IF EXISTS ${inSchema(deployment, name)}` };
}

/** The snapshots that this deployment took, the newest first. Those of others, and Snowflake's own, are left out. */
export async function dataSnapshots(
  deployment: Deployment,
  context: ResourceContext,
): Promise<readonly DataSnapshot[]> {
  const { names, name: deploymentName } = deployment.config;
  const pattern = literal(`${names.service.replaceAll(/[^A-Za-z0-9]/g, "_")}%`);
  const show = `SHOW SNAPSHOTS LIKE ${pattern} IN SCHEMA ${schemaName(deployment)}`;
  const rows = await look(context, await context.schemaReader(), show);
  return rows
    .filter((row) => readMarker(row["comment"])?.deployment === deploymentName)
    .map((row) => ({
      name: text(row, "name"),
      state: text(row, "state"),
      createdOn: text(row, "created_on"),
    }))
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

/**
 * The snapshot that keeps the data when the service is dropped: a new one each time, since data change. Where there is
 * no service of ours there is nothing to keep.
 */
export function farewellSnapshot(deployment: Deployment, at: Date): Resource {
  const name = snapshotName(deployment, at);
  const full = inSchema(deployment, name);
  const stateOf = async (context: ResourceContext): Promise<string | undefined> => {
    const row = await rowNamed(deployment, context, { objects: "SNAPSHOTS", name });
    return row === undefined ? undefined : text(row, "state");
  };
  return {
    id: resourceId("snapshot", full),
    kind: "snapshot",
    name: full,
    dependsOn: [],
    atEnd: "kept with the data",
    neededReady: true,
    async observe(context) {
      const isTaken = (await stateOf(context)) !== undefined;
      return isTaken || !(await hasService(deployment, context))
        ? { kind: "present", changes: [], remove: [] }
        : {
            kind: "absent",
            create: [{ kind: "statement", statement: createSnapshot(deployment, name) }],
          };
    },
    async ready(context) {
      const state = await stateOf(context);
      if (state === "ERROR") {
        const message = `the snapshot ${full} could not be taken`;
        return { kind: "failed", message, remedy: "Without its data: down --delete-data" };
      }
      return state === undefined || state === "CREATED"
        ? { kind: "ready" }
        : { kind: "waiting", message: `the snapshot ${full} is being taken` };
    },
  };
}

/** Whether the database's service is there, is ours, and is not on its way out. */
async function hasService(deployment: Deployment, context: ResourceContext): Promise<boolean> {
  const { names, name: deploymentName } = deployment.config;
  const row = await rowNamed(deployment, context, { objects: "SERVICES", name: names.service });
  return (
    readMarker(row?.["comment"])?.deployment === deploymentName &&
    !text(row ?? {}, "status").startsWith("DELET")
  );
}

async function rowNamed(
  deployment: Deployment,
  context: ResourceContext,
  of: { readonly objects: "SNAPSHOTS" | "SERVICES"; readonly name: string },
): Promise<SqlRow | undefined> {
  const show = `SHOW ${of.objects} LIKE ${likePattern(of.name)} IN SCHEMA ${schemaName(deployment)}`;
  return named(await look(context, await context.schemaReader(), show), of.name);
}

/** The snapshots that go with the data: those that were taken, and those that Snowflake took as the service went. */
export function leftSnapshots(deployment: Deployment): Resource {
  const { name: deploymentName, names } = deployment.config;
  const name = `of ${inSchema(deployment, names.service)}`;
  return {
    id: resourceId("snapshot", name),
    kind: "snapshot",
    name,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd: "kept with the data",
    async observe(context) {
      const show = `SHOW SNAPSHOTS IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      const ours = rows.filter(
        (row) =>
          readMarker(row["comment"])?.deployment === deploymentName ||
          isSnapshotOfService(deployment, row),
      );
      const remove = ours.map((row): Step => {
        return { kind: "statement", statement: dropSnapshot(deployment, text(row, "name")) };
      });
      return ours.length === 0
        ? { kind: "absent", create: [] }
        : { kind: "present", changes: [], remove };
    },
  };
}

/** Whether a row of `SHOW SNAPSHOTS` is of the database's service. Snowflake's own carry no comment. */
export function isSnapshotOfService({ config }: Deployment, row: SqlRow): boolean {
  const { database, schema, service } = config.names;
  const of = row["service_name"] ?? "";
  return of === service || of === `${database}.${schema}.${service}`;
}

function text(row: SqlRow, column: string): string {
  return row[column] ?? "";
}
