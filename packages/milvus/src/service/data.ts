import type { Collection, MutationResult } from "@redkite/engine";
import { MilvusError, unsupported } from "../errors.ts";
import { DeleteRequestSchema } from "../wire/gen/milvus_pb.ts";
import {
  decodeInsertRequest,
  decodeUpsertRequest,
  type WireInsertRequest,
} from "../wire/insert-request.ts";
import { encodeMutationResult } from "../wire/mutation-result.ts";
import { arrayChangesOf } from "./field-operations.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { type Call, decodeRequest, type MethodTable, methodWith } from "./method.ts";
import { deletePrefixes, withPrefixes } from "./read-errors.ts";
import { batchOf } from "./row-batch.ts";

/** Writing and deleting rows. */
export const dataMethods: MethodTable = {
  Insert: async (bytes, call) => {
    const request = decodeRequest(() => decodeInsertRequest(bytes));
    const collection = findCollection(request, call);
    const result = await collection.insertColumns(batchOf(collection, request));
    return encodeWrite({ insertCount: result.count }, result);
  },
  Upsert: async (bytes, call) => {
    const request = decodeRequest(() => decodeUpsertRequest(bytes));
    const collection = findCollection(request, call);
    const arrayChanges = arrayChangesOf(request, collection.schema);
    const batch = batchOf(collection, request);
    // As in Milvus: operations make a request a partial update, whatever its flag says.
    const isPartial = request.partialUpdate || arrayChanges.size > 0;
    const result = await (isPartial
      ? collection.updateColumns({ ...batch, arrayChanges })
      : collection.upsertColumns(batch));
    // As in Milvus: what was written and what may have been replaced.
    const { count } = result;
    return encodeWrite({ insertCount: count, deleteCount: count, upsertCount: count }, result);
  },
  Delete: methodWith(DeleteRequestSchema, async (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    if ((request.namespace ?? "") !== "") throw unsupported("namespace of a delete");
    const target = {
      filter: request.expr,
      templates: templatesFromWire(request.exprTemplateValues),
    };
    const partition = request.partitionName === "" ? undefined : request.partitionName;
    const result = await withPrefixes(deletePrefixes, () => collection.delete(target, partition));
    return encodeMutationResult({
      // Without keys: pymilvus answers its caller a count only then, as it does for Milvus.
      acknowledged: true,
      deleteCount: result.count,
      timestamp: result.timestamp,
    });
  }),
};

function findCollection(request: WireInsertRequest, call: Call): Collection {
  const collection = call.database.collection(
    request.collectionName,
    request.dbName || call.databaseName,
  );
  const { schemaTimestamp } = request;
  if (schemaTimestamp !== 0n && schemaTimestamp !== collection.updatedAt) {
    // The client read the schema before it changed: it reads it again on this error.
    throw new MilvusError("schemaMismatch", { fields: { collection: collection.name } });
  }
  if ((request.namespace ?? "") !== "") throw unsupported("namespace of a write");
  return collection;
}

interface Counts {
  readonly insertCount: number;
  readonly deleteCount?: number;
  readonly upsertCount?: number;
}

function encodeWrite(counts: Counts, result: MutationResult): Uint8Array {
  return encodeMutationResult({
    keys: result.keys,
    successIndexes: Uint32Array.from({ length: result.count }, (_, i) => i),
    acknowledged: true,
    ...counts,
    timestamp: result.timestamp,
  });
}
