import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  implementedMethods,
  isKnownMethod,
  MilvusService as Service,
} from "../../src/service/router.ts";
import { MilvusService } from "../../src/wire/gen/milvus_pb.ts";
import { Harness, statusOf } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(() => harness.close());

const context = { databaseName: "" };

const answering = MilvusService.methods.filter(({ name }) => isKnownMethod(name));

describe("MilvusService.handle()", () => {
  it.each(answering.filter(({ name }) => !implementedMethods.includes(name)))(
    "names $name when it is not carried out",
    async ({ name, output }) => {
      const answer = fromBinary(
        output,
        await harness.service.handle(name, new Uint8Array(), context),
      );
      expect(statusOf(answer)).toMatchObject({
        code: 10,
        errorCode: 1,
        reason: `service unimplemented: rpc ${name} is not supported by Redkite yet`,
      });
    },
  );

  it.each(answering)("answers $name with a status for any bytes", async ({ name, output }) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
        const answer = fromBinary(output, await harness.service.handle(name, bytes, context));
        expect(statusOf(answer).code).not.toBe(5);
      }),
      { numRuns: 20 },
    );
  });

  it("says that bytes can't be read", async () => {
    const cut = Uint8Array.of(0x12, 0x7f);
    const bytes = await harness.service.handle("Query", cut, context);
    const answer = fromBinary(MilvusService.method.query.output, bytes);
    expect(answer.status).toMatchObject({
      code: 1100,
      reason: expect.stringContaining("cannot decode the request"),
    });
  });

  it("takes the database from the context when the request names none", async () => {
    await harness.ok("createDatabase", { dbName: "archive" });
    harness.databaseName = "archive";
    expect(await harness.ok("describeDatabase", {})).toMatchObject({ dbName: "archive" });
    expect(await harness.ok("describeDatabase", { dbName: "default" })).toMatchObject({
      dbName: "default",
    });
  });

  it("logs what is not the client's fault, and answers code 5", async () => {
    const error = vi.fn();
    const broken = new Service({
      database: new Proxy(harness.database, {
        get: () => {
          throw new TypeError("no database");
        },
      }),
      version: "0",
      logger: { error },
    });
    const bytes = await broken.handle("ListDatabases", new Uint8Array(), context);
    const { status } = fromBinary(MilvusService.method.listDatabases.output, bytes);
    expect(status).toMatchObject({ code: 5, reason: "service internal error: no database" });
    expect(error).toHaveBeenCalledOnce();
  });

  it("refuses names that are no methods", async () => {
    await expect(harness.service.handle("Nonsense", new Uint8Array(), context)).rejects.toThrow(
      RangeError,
    );
  });
});

/** What Milvus's service has and this one has not: each kind with the reason. */
const refused = {
  "functions of a schema, and text analysis": [
    "AddCollectionFunction",
    "AlterCollectionFunction",
    "DropCollectionFunction",
    "RunAnalyzer",
    "ComputePhraseMatchSlop",
    "AddFileResource",
    "RemoveFileResource",
    "ListFileResources",
  ],
  "import, snapshots and external collections": [
    "Import",
    "GetImportState",
    "ListImportTasks",
    "CreateSnapshot",
    "DropSnapshot",
    "ListSnapshots",
    "DescribeSnapshot",
    "RestoreSnapshot",
    "RestoreExternalSnapshot",
    "ExportSnapshot",
    "GetRestoreSnapshotState",
    "ListRestoreSnapshotJobs",
    "PinSnapshotData",
    "UnpinSnapshotData",
    "BatchUpdateManifest",
    "RefreshExternalCollection",
    "GetRefreshExternalCollectionProgress",
    "ListRefreshExternalCollectionJobs",
  ],
  "namespaces and row-level security": [
    "CreateNamespace",
    "DescribeNamespace",
    "ListNamespaces",
    "DropNamespace",
    "HasNamespace",
    "GetNamespaceStats",
    "AddUserTags",
    "DeleteUserTags",
    "GetUserTags",
    "ListUsersWithTag",
    "CreateRowPolicy",
    "DropRowPolicy",
    "ListRowPolicies",
  ],
  "what only a cluster has": [
    "Prewarm",
    "DescribePrewarmTask",
    "LoadBalance",
    "ListIndexedSegment",
    "DescribeSegmentIndexData",
    "ReplicateMessage",
    "UpdateReplicateConfiguration",
    "GetReplicateConfiguration",
    "GetReplicateInfo",
    "CreateReplicateStream",
    "DumpMessages",
  ],
  "what Milvus itself no longer has": ["CalcDistance", "Dummy", "RegisterLink"],
};

it("accounts for every method of MilvusService", () => {
  const names = [...implementedMethods, ...Object.values(refused).flat()];
  expect(names.toSorted()).toEqual(MilvusService.methods.map(({ name }) => name).toSorted());
});

describe("isKnownMethod()", () => {
  it("knows the methods whose responses can hold a status", () => {
    expect(isKnownMethod("Search")).toBe(true);
    expect(isKnownMethod("CreateRole")).toBe(true);
    expect(isKnownMethod("search")).toBe(false);
    expect(isKnownMethod("Dummy")).toBe(false);
    expect(implementedMethods.every(isKnownMethod)).toBe(true);
  });
});

describe("Connect", () => {
  it("answers an identifier and a version that names both", async () => {
    const answer = await harness.ok("connect", { clientInfo: { sdkType: "Test" } });
    expect(answer.identifier).toBeGreaterThan(0n);
    expect(answer.serverInfo?.buildTags).toBe("v3.0.0+redkite.0.1.0");
    expect(await harness.ok("getVersion", {})).toMatchObject({ version: "v3.0.0+redkite.0.1.0" });
  });

  it("fails for a database that is not there", async () => {
    harness.databaseName = "missing";
    expect(await harness.fails("connect", {})).toEqual({
      code: 800,
      reason: "database not found[database=missing]",
    });
  });
});

describe("AllocTimestamp", () => {
  it("answers timestamps that grow", async () => {
    const first = await harness.ok("allocTimestamp", {});
    const second = await harness.ok("allocTimestamp", {});
    expect(second.timestamp).toBeGreaterThan(first.timestamp);
  });
});
