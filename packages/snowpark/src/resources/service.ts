import type { SqlRow } from "../session/snow-session.ts";
import { differingPlaces } from "../specification/differing-places.ts";
import { readServiceSpecification } from "../specification/read-service-specification.ts";
import type {
  ServiceSpecification,
  VolumeSpecification,
} from "../specification/service-specification.ts";
import { identifier, specificationLiteral } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { blockedDifference, commentClause, difference, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import {
  type Change,
  type Observation,
  type Resource,
  type ResourceContext,
  run,
} from "./resource.ts";
import { serviceReadiness } from "./service-readiness.ts";

const onTheMove = new Set(["SUSPENDING", "DELETING", "DELETED"]);

export interface ServiceParts {
  readonly name: string;
  readonly specification: ServiceSpecification;
  readonly dependsOn: readonly string[];
  readonly warehouse: string | undefined;
  readonly externalAccessIntegration: string | undefined;
  /** The snapshot, qualified, that a new service's volumes begin with. */
  readonly initialSnapshot?: (context: ResourceContext) => Promise<string | undefined>;
}

/** A service. Its marker stands for its specification; what else it has is shown by the account. */
export function service(deployment: Deployment, parts: ServiceParts): Resource {
  const { config } = deployment;
  const { ownerRole } = config.names;
  const { name } = parts;
  const full = inSchema(deployment, name);
  return {
    id: resourceId("service", full),
    kind: "service",
    name: full,
    dependsOn: parts.dependsOn,
    atEnd: "removed",
    async observe(context) {
      const row = await serviceRow(context);
      if (row === undefined) {
        const snapshot = await parts.initialSnapshot?.(context);
        const create = [run(ownerRole, createService(deployment, parts, snapshot))];
        return snapshot === undefined
          ? { kind: "absent", create }
          : { kind: "absent", create, note: `with the data of the snapshot ${snapshot}` };
      }
      if (onTheMove.has(row["status"] ?? "")) {
        return { kind: "unsettled", message: `the service ${full} is ${row["status"]}` };
      }
      return observeService(deployment, parts, { row, running: await describe(context) });
    },
    async ready(context) {
      const row = await serviceRow(context);
      return serviceReadiness(context, { name: full, row, reader: await context.schemaReader() });
    },
  };

  async function serviceRow(context: ResourceContext): Promise<SqlRow | undefined> {
    const show = `SHOW SERVICES LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
    return named(await look(context, await context.schemaReader(), show), name);
  }

  async function describe(context: ResourceContext): Promise<ServiceSpecification | undefined> {
    const [row] = await look(context, await context.schemaReader(), `DESCRIBE SERVICE ${full}`);
    const text = row?.["spec"] ?? "";
    const reading = readServiceSpecification(text, { stageMountsV1: true });
    return reading.kind === "specification" ? reading.specification : undefined;
  }
}

interface RunningService {
  readonly row: SqlRow;
  /** What runs, if the account shows it in a form that can be read. */
  readonly running: ServiceSpecification | undefined;
}

function observeService(
  deployment: Deployment,
  parts: ServiceParts,
  shown: RunningService,
): Observation {
  const { ownerRole } = deployment.config.names;
  const full = inSchema(deployment, parts.name);
  const marker = markerOf(deployment.config.name, parts.specification);
  const snapshot = initialSnapshotOf(shown.running);
  const specification = withSnapshot(parts.specification, snapshot);
  const upgrade = `ALTER SERVICE ${full} FROM SPECIFICATION ${specificationLiteral(specification)}`;
  return observeMarked(shown.row, {
    marker,
    create: [],
    changes: [
      ...fixedParts(deployment, parts.specification, shown),
      ...shownParts(deployment, parts, shown.row),
    ],
    unshown: {
      field: specificationField(parts.specification, shown.running),
      steps: [run(ownerRole, upgrade)],
    },
    mark: run(ownerRole, `ALTER SERVICE ${full} SET ${commentClause(marker)}`),
    remove: [run(ownerRole, `DROP SERVICE IF EXISTS ${full} FORCE`)],
  });
}

/** What a service keeps for its life. */
function fixedParts(
  { config }: Deployment,
  wanted: ServiceSpecification,
  { row, running }: RunningService,
): Change[] {
  const again = "run down, which keeps the data, and up again";
  const pool = { is: row["compute_pool"], wanted: config.names.pool };
  return [
    ...blockedDifference("compute_pool", pool, `a service stays in its compute pool: ${again}`),
    ...(running === undefined
      ? []
      : [
          ...blockedDifference(
            "volume size",
            { is: blockSize(running), wanted: blockSize(wanted) },
            "a block volume keeps its size: back up the data by hand, run down --delete-data, and up again",
          ),
          ...blockedDifference(
            "engine",
            { is: imageName(running), wanted: imageName(wanted) },
            "another engine can't read the data: copy them with redkite copy, run down --delete-data, and up again",
          ),
        ]),
  ];
}

function shownParts(deployment: Deployment, parts: ServiceParts, row: SqlRow): Change[] {
  const { ownerRole } = deployment.config.names;
  const alter = `ALTER SERVICE ${inSchema(deployment, parts.name)}`;
  const { warehouse, externalAccessIntegration: integration } = parts;
  return [
    ...difference(
      "query_warehouse",
      { is: row["query_warehouse"], wanted: warehouse ?? "" },
      run(
        ownerRole,
        warehouse === undefined
          ? `${alter} UNSET QUERY_WAREHOUSE`
          : `${alter} SET QUERY_WAREHOUSE = ${identifier(warehouse)}`,
      ),
    ),
    ...difference(
      "external_access_integrations",
      { is: bareNames(row["external_access_integrations"]), wanted: integration ?? "" },
      run(
        ownerRole,
        integration === undefined
          ? `${alter} UNSET EXTERNAL_ACCESS_INTEGRATIONS`
          : `${alter} SET EXTERNAL_ACCESS_INTEGRATIONS = (${identifier(integration)})`,
      ),
    ),
    ...difference(
      "status",
      { is: row["status"] === "SUSPENDED" ? "suspended" : "running", wanted: "running" },
      run(ownerRole, `${alter} RESUME`),
    ),
  ];
}

/** The names of a column that shows them as a list in JSON or between commas. */
function bareNames(shown: string | null | undefined): string {
  return (shown ?? "")
    .split(/[[\],]/)
    .map((name) => name.trim().replace(/^"(.*)"$/, "$1"))
    .filter((name) => name !== "")
    .join(",");
}

function createService(
  deployment: Deployment,
  parts: ServiceParts,
  snapshot: string | undefined,
): string {
  const { config } = deployment;
  const { warehouse, externalAccessIntegration: integration } = parts;
  const specification = withSnapshot(parts.specification, snapshot);
  return [
    `CREATE SERVICE IF NOT EXISTS ${inSchema(deployment, parts.name)}`,
    `IN COMPUTE POOL ${identifier(config.names.pool)}`,
    `FROM SPECIFICATION ${specificationLiteral(specification)}`,
    ...(integration === undefined
      ? []
      : [`EXTERNAL_ACCESS_INTEGRATIONS = (${identifier(integration)})`]),
    "MIN_INSTANCES = 1 MAX_INSTANCES = 1",
    ...(warehouse === undefined ? [] : [`QUERY_WAREHOUSE = ${identifier(warehouse)}`]),
    commentClause(markerOf(config.name, parts.specification)),
  ].join(" ");
}

/** The most places of a specification that a reason names. */
const maxNamedPlaces = 5;

function specificationField(
  wanted: ServiceSpecification,
  running: ServiceSpecification | undefined,
): string {
  const places = running === undefined ? [] : differingPlaces(wanted, running);
  const shown = places.slice(0, maxNamedPlaces).join(", ");
  return shown === "" ? "specification" : `specification (${shown})`;
}

function blockVolume(specification: ServiceSpecification): VolumeSpecification | undefined {
  return specification.spec.volumes?.find(({ source }) => source === "block");
}

function blockSize(specification: ServiceSpecification): string {
  return blockVolume(specification)?.size ?? "";
}

function initialSnapshotOf(specification: ServiceSpecification | undefined): string | undefined {
  const volume = specification === undefined ? undefined : blockVolume(specification);
  return volume?.blockConfig?.initialContents?.fromSnapshot;
}

/** `milvus` of `/db/schema/repository/milvus:v2.6.4`. */
function imageName(specification: ServiceSpecification): string {
  const image = specification.spec.containers[0]?.image ?? "";
  return image
    .replace(/@.*$/, "")
    .replace(/:[^/]*$/, "")
    .replace(/^.*\//, "");
}

/**
 * The specification with block volumes that begin as a snapshot. The snapshot stays in it as long as the service lives,
 * since volumes can't be changed; the marker's digest leaves it out.
 */
function withSnapshot(
  specification: ServiceSpecification,
  fromSnapshot: string | undefined,
): ServiceSpecification {
  const { spec } = specification;
  if (fromSnapshot === undefined || spec.volumes === undefined) {
    return specification;
  }
  const volumes = spec.volumes.map((volume) =>
    volume.source === "block"
      ? { ...volume, blockConfig: { ...volume.blockConfig, initialContents: { fromSnapshot } } }
      : volume,
  );
  return { ...specification, spec: { ...spec, volumes } };
}
