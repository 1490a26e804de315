import { defaultDatabaseName } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import { StateCode } from "../wire/gen/common_pb.ts";
import {
  AllocTimestampRequestSchema,
  AllocTimestampResponseSchema,
  CheckHealthRequestSchema,
  CheckHealthResponseSchema,
  ComponentStatesSchema,
  ConnectRequestSchema,
  ConnectResponseSchema,
  GetComponentStatesRequestSchema,
  GetMetricsRequestSchema,
  GetMetricsResponseSchema,
  GetVersionRequestSchema,
  GetVersionResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type Call, type MethodTable, method } from "./method.ts";
import { nodeId } from "./segments.ts";
import { visibleCollections } from "./visible-collections.ts";

/** The Milvus whose behaviour we have. */
const milvusVersion = "3.0.0";

/** Connecting, and questions about the server itself. */
export const systemMethods: MethodTable = {
  Connect: method(ConnectRequestSchema, ConnectResponseSchema, async (_request, call) => {
    const { permissions } = await call.access.store.current();
    const { databaseName: name, user } = call;
    // Throws when there is no such database: clients learn it before their first real request.
    // One that the caller is granted nothing in is as if it were not there.
    if (name !== defaultDatabaseName && !permissions.seesDatabase(user, name)) {
      throw new MilvusError("databaseNotFound", { fields: { database: name } });
    }
    call.database.describeDatabase(name);
    return {
      status: {},
      identifier: call.database.clock.next(),
      serverInfo: { buildTags: versionText(call.version), deployMode: "STANDALONE" },
    };
  }),
  GetVersion: method(GetVersionRequestSchema, GetVersionResponseSchema, (_request, call) => ({
    status: {},
    version: versionText(call.version),
  })),
  CheckHealth: method(
    CheckHealthRequestSchema,
    CheckHealthResponseSchema,
    async (_request, call) => {
      const visible = new Set(await visibleCollections(call));
      const failures = call.database.failures();
      const reasons = failures
        .filter(({ collection }) => visible.has(collection))
        .map(({ collection, message }) => `collection ${collection.name}: ${message}`);
      return { status: {}, isHealthy: failures.length === 0, reasons };
    },
  ),

  GetMetrics: method(GetMetricsRequestSchema, GetMetricsResponseSchema, async (request, call) => ({
    status: {},
    response: JSON.stringify(await metricsOf(metricTypeOf(request.request), call)),
    componentName: "standalone",
  })),

  AllocTimestamp: method(
    AllocTimestampRequestSchema,
    AllocTimestampResponseSchema,
    (_request, call) => ({ status: {}, timestamp: call.database.clock.next() }),
  ),
  GetComponentStates: method(GetComponentStatesRequestSchema, ComponentStatesSchema, () => ({
    status: {},
    state: { nodeID: nodeId, role: "standalone", stateCode: StateCode.Healthy },
  })),
};

/** The kind of metrics that a request asks for, in JSON. Throws `MilvusError`. */
function metricTypeOf(request: string): string {
  try {
    const { metric_type: type } = JSON.parse(request) as { metric_type?: unknown };
    if (typeof type === "string") return type;
  } catch {
    throw invalidParameter("failed to decode the request: it is no JSON");
  }
  throw invalidParameter("metric_type not found in request");
}

/** What tools show of a server: in the form that Milvus's topology has. */
async function metricsOf(type: string, call: Call): Promise<object> {
  if (type !== "system_info") {
    throw invalidParameter(`sorry, but this metric request type is not implemented: ${type}`);
  }
  const collections = await visibleCollections(call);
  return {
    nodes_info: [
      {
        identifier: Number(nodeId),
        connected: null,
        infos: {
          has_error: false,
          error_reason: "",
          name: "standalone",
          type: "standalone",
          id: Number(nodeId),
          system_info: { system_version: versionText(call.version), deploy_mode: "STANDALONE" },
          collections: {
            count: collections.length,
            rows: collections.reduce((sum, { rowCount }) => sum + rowCount, 0),
          },
        },
      },
    ],
  };
}

/** Clients compare it as a version: ours goes where both semver and PEP 440 ignore it. */
function versionText(version: string): string {
  return `v${milvusVersion}+redkite.${version}`;
}
