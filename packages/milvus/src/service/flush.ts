import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type Collection,
  type Database,
  defaultDatabaseName,
  physicalMs,
  type Timestamp,
} from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import {
  type FlushAllRequest,
  FlushAllRequestSchema,
  FlushAllResponseSchema,
  type FlushAllResultSchema,
  type FlushCollectionResultSchema,
  FlushRequestSchema,
  FlushResponseSchema,
  GetFlushAllStateRequestSchema,
  GetFlushAllStateResponseSchema,
  GetFlushStateRequestSchema,
  GetFlushStateResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";
import { globalId } from "./segments.ts";

/** Making growing segments permanent. A flush is over when it is answered. */
export const flushMethods: MethodTable = {
  Flush: method(FlushRequestSchema, FlushResponseSchema, async (request, call) => {
    const { database, databaseName } = call;
    if (request.collectionNames.length === 0) {
      throw invalidParameter("collection name should not be empty");
    }
    const collections = request.collectionNames.map((name) => ({
      name,
      collection: database.collection(name, databaseName),
    }));
    const segments: Record<string, { data: bigint[] }> = {};
    const sealTimes: Record<string, bigint> = {};
    const timestamps: Record<string, bigint> = {};
    for (const { name, collection } of collections) {
      const flushed = await flush(database, collection);
      segments[name] = { data: flushed.segmentIds };
      sealTimes[name] = flushed.sealTime;
      timestamps[name] = flushed.timestamp;
    }
    return {
      status: {},
      dbName: databaseName,
      collSegIDs: segments,
      flushCollSegIDs: segments,
      collSealTimes: sealTimes,
      collFlushTs: timestamps,
    };
  }),
  FlushAll: method(FlushAllRequestSchema, FlushAllResponseSchema, async (request, call) => {
    const { database } = call;
    const results: MessageInitShape<typeof FlushAllResultSchema>[] = [];
    for (const { databaseName, names } of flushTargetsOf(request, database)) {
      const collectionResults: MessageInitShape<typeof FlushCollectionResultSchema>[] = [];
      for (const name of names) {
        const flushed = await flush(database, database.collection(name, databaseName));
        const segmentIds = { data: flushed.segmentIds };
        collectionResults.push({
          collectionName: name,
          segmentIds,
          flushSegmentIds: segmentIds,
          sealTime: flushed.sealTime,
          flushTs: flushed.timestamp,
        });
      }
      results.push({ dbName: databaseName, collectionResults });
    }
    return { status: {}, flushAllTs: database.clock.next(), flushResults: results };
  }),
  GetFlushState: method(GetFlushStateRequestSchema, GetFlushStateResponseSchema, () => ({
    status: {},
    flushed: true,
  })),
  GetFlushAllState: method(GetFlushAllStateRequestSchema, GetFlushAllStateResponseSchema, () => ({
    status: {},
    flushed: true,
  })),
};

interface Flushed {
  /** All segments that are on the disk now. */
  readonly segmentIds: bigint[];
  /** In seconds since 1970. */
  readonly sealTime: bigint;
  readonly timestamp: Timestamp;
}

async function flush(database: Database, collection: Collection): Promise<Flushed> {
  await collection.flush();
  const timestamp = database.clock.next();
  const sealed = collection.segments().filter((segment) => segment.state === "sealed");
  return {
    segmentIds: sealed.map((segment) => globalId(collection, segment.id)),
    sealTime: BigInt(Math.floor(physicalMs(timestamp) / 1000)),
    timestamp,
  };
}

interface FlushTarget {
  readonly databaseName: string;
  readonly names: readonly string[];
}

/** What a request names, one of its databases, or everything. Throws `EngineError`. */
function flushTargetsOf(
  { dbName, flushTargets }: FlushAllRequest,
  database: Database,
): FlushTarget[] {
  const allOf = (databaseName: string): FlushTarget => ({
    databaseName,
    names: database.listCollections(databaseName).map(({ name }) => name),
  });
  if (flushTargets.length > 0) {
    return flushTargets.map((target) => {
      const databaseName = target.dbName || dbName || defaultDatabaseName;
      const names = target.collectionNames;
      return names.length === 0 ? allOf(databaseName) : { databaseName, names };
    });
  }
  if (dbName !== "") return [allOf(dbName)];
  return database.listDatabases().map(({ name }) => allOf(name));
}
