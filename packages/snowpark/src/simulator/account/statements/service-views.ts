import { serviceRolesOf } from "../access-rules.ts";
import { ingressHost } from "../addresses.ts";
import { instanceStatus, serviceStatus } from "../service-machine.ts";
import type { ServiceObject } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import {
  type Cell,
  type ColumnType,
  queryResult,
  type RowsOutcome,
  timestampCell,
} from "../statement-result.ts";

type View = (service: ServiceObject, context: StatementContext) => RowsOutcome;

const views: Readonly<Record<string, View>> = {
  "SERVICE CONTAINERS IN SERVICE": listContainers,
  "SERVICE INSTANCES IN SERVICE": listInstances,
  "SERVICE VOLUMES IN SERVICE": listVolumes,
  "ENDPOINTS IN SERVICE": listEndpoints,
  "ROLES IN SERVICE": listRoles,
};

/** `SHOW … IN SERVICE name`. `undefined` when it is about something else. */
export function readShowServiceParts(cursor: StatementCursor): Statement | undefined {
  const words = cursor.acceptOneOf(Object.keys(views));
  const view = words === undefined ? undefined : views[words];
  if (view === undefined) return undefined;
  const name = cursor.name();
  cursor.expectEnd();
  return (context) => view(context.get("SERVICE", name), context);
}

function table(
  columns: readonly (readonly [string, ColumnType?])[],
  rows: readonly (readonly Cell[])[],
): RowsOutcome {
  return queryResult(
    columns.map(([name, type = "text"]) => ({ name, type })),
    rows,
  );
}

function listContainers(service: ServiceObject, context: StatementContext): RowsOutcome {
  context.require("MONITOR", service);
  const [database = "", schema = "", name = ""] = service.name;
  const own = [database, schema, name, serviceStatus(service)];
  const rows = service.containers.map((container): Cell[] => [
    ...own,
    String(container.instance),
    instanceStatus(service, container.instance),
    container.name,
    container.status,
    container.message,
    container.image,
    container.digest === "" ? null : container.digest,
    String(container.restartCount),
    timestampCell(container.startedOn ?? undefined),
    container.lastExitCode?.toString() ?? null,
    timestampCell(container.lastRestartOn ?? undefined),
  ]);
  return table(
    [
      ["database_name"],
      ["schema_name"],
      ["service_name"],
      ["service_status"],
      ["instance_id"],
      ["instance_status"],
      ["container_name"],
      ["status"],
      ["message"],
      ["image_name"],
      ["image_digest"],
      ["restart_count", "fixed"],
      ["start_time", "timestamp_ltz"],
      ["last_exit_code", "fixed"],
      ["last_restart_time", "timestamp_ltz"],
    ],
    // A service without instances has one row, in which only the service is told.
    rows.length > 0 ? rows : [[...own, ...Array<null>(11).fill(null)]],
  );
}

function listInstances(service: ServiceObject, context: StatementContext): RowsOutcome {
  context.require("MONITOR", service);
  const [database = "", schema = "", name = ""] = service.name;
  const instances = [...new Set(service.containers.map(({ instance }) => instance))];
  return table(
    [
      ["database_name"],
      ["schema_name"],
      ["service_name"],
      ["service_status"],
      ["instance_id"],
      ["status"],
      ["spec_digest"],
      ["creation_time", "timestamp_ltz"],
      ["start_time", "timestamp_ltz"],
    ],
    instances.map((instance) => [
      database,
      schema,
      name,
      serviceStatus(service),
      String(instance),
      instanceStatus(service, instance),
      null,
      timestampCell(service.createdOn),
      timestampCell(
        service.containers.find((container) => container.instance === instance)?.startedOn ??
          undefined,
      ),
    ]),
  );
}

function listVolumes(service: ServiceObject, context: StatementContext): RowsOutcome {
  context.require("MONITOR", service);
  return table(
    [["instance_id"], ["volume_name"], ["size"], ["source"]],
    service.volumes.map(({ instance, name, sizeGi }) => [
      String(instance),
      name,
      `${sizeGi}Gi`,
      "block",
    ]),
  );
}

const provisioning = "Endpoints provisioning in progress... check back in a few minutes";

function listEndpoints(service: ServiceObject, context: StatementContext): RowsOutcome {
  const { parts, access, actor } = context;
  const endpoints = (service.specification.spec.endpoints ?? []).filter(({ name }) =>
    access.mayUseEndpoint(actor, service, name),
  );
  const isProvisioned = context.now >= service.createdOn + parts.timings.endpointProvision;
  return table(
    [
      ["name"],
      ["port", "fixed"],
      ["port_range"],
      ["protocol"],
      ["is_public", "boolean"],
      ["ingress_url"],
    ],
    endpoints.map(({ name, port, portRange, protocol, public: isPublic = false }) => [
      name,
      port?.toString() ?? null,
      portRange ?? null,
      protocol ?? "HTTP",
      String(isPublic),
      isPublic ? (isProvisioned ? ingressHost(parts.options, service, name) : provisioning) : null,
    ]),
  );
}

function listRoles(service: ServiceObject): RowsOutcome {
  return table(
    [["created_on", "timestamp_ltz"], ["name"], ["comment"]],
    serviceRolesOf(service).map(({ name }) => [timestampCell(service.createdOn), name, null]),
  );
}
