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
  GetVersionRequestSchema,
  GetVersionResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** The Milvus whose behaviour we have. */
const milvusVersion = "3.0.0";

/** Connecting, and questions about the server itself. */
export const systemMethods: MethodTable = {
  Connect: method(ConnectRequestSchema, ConnectResponseSchema, (_request, call) => {
    // Throws when there is no such database: clients learn it before their first real request.
    call.database.describeDatabase(call.databaseName);
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
  CheckHealth: method(CheckHealthRequestSchema, CheckHealthResponseSchema, () => ({
    status: {},
    isHealthy: true,
  })),
  AllocTimestamp: method(
    AllocTimestampRequestSchema,
    AllocTimestampResponseSchema,
    (_request, call) => ({ status: {}, timestamp: call.database.clock.next() }),
  ),
  GetComponentStates: method(GetComponentStatesRequestSchema, ComponentStatesSchema, () => ({
    status: {},
    state: { role: "standalone", stateCode: StateCode.Healthy },
  })),
};

/** Clients compare it as a version: ours goes where both semver and PEP 440 ignore it. */
function versionText(version: string): string {
  return `v${milvusVersion}+redkite.${version}`;
}
