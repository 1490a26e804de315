import { physicalMs } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import {
  FlushRequestSchema,
  FlushResponseSchema,
  GetFlushStateRequestSchema,
  GetFlushStateResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

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
      await collection.flush();
      const flushedAt = database.clock.next();
      const sealed = collection.segments().filter((segment) => segment.state === "sealed");
      segments[name] = { data: sealed.map((segment) => BigInt(segment.id)) };
      sealTimes[name] = BigInt(Math.floor(physicalMs(flushedAt) / 1000));
      timestamps[name] = flushedAt;
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
  GetFlushState: method(GetFlushStateRequestSchema, GetFlushStateResponseSchema, () => ({
    status: {},
    flushed: true,
  })),
};
