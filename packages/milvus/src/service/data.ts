import { create } from "@bufbuild/protobuf";
import {
  type Collection,
  type Column,
  dynamicFieldName,
  fieldNamed,
  type MutationResult,
  type RowBatch,
} from "@redkite/engine";
import { invalidParameter, MilvusError, unsupported } from "../errors.ts";
import { columnOfWireField } from "../wire/column-of-wire-field.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import { DeleteRequestSchema } from "../wire/gen/milvus_pb.ts";
import {
  decodeInsertRequest,
  decodeUpsertRequest,
  type WireInsertRequest,
} from "../wire/insert-request.ts";
import { encodeMutationResult } from "../wire/mutation-result.ts";
import { templatesFromWire } from "./filter-templates.ts";
import { type Call, decodeRequest, type MethodTable, methodWith } from "./method.ts";
import { deletePrefixes, withPrefixes } from "./read-errors.ts";

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
    if (request.partialUpdate) throw unsupported("partial update (partial_update)");
    const collection = findCollection(request, call);
    const result = await collection.upsertColumns(batchOf(collection, request));
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
      status: create(StatusSchema),
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

function batchOf(collection: Collection, request: WireInsertRequest): RowBatch {
  const { fieldsData, numRows, partitionName } = request;
  const columns = new Map<string, Column>();
  for (const wire of fieldsData) {
    const name = wire.isDynamic ? dynamicFieldName : wire.name;
    const field = fieldNamed(collection.schema, name);
    if (field === undefined || columns.has(name)) {
      throw invalidParameter(`field ${name} is unknown or given twice: more fieldData has pass in`);
    }
    columns.set(name, columnOfWireField(field, wire, numRows));
  }
  return {
    rowCount: numRows,
    columns,
    ...(partitionName === "" ? {} : { partition: partitionName }),
  };
}

interface Counts {
  readonly insertCount: number;
  readonly deleteCount?: number;
  readonly upsertCount?: number;
}

function encodeWrite(counts: Counts, result: MutationResult): Uint8Array {
  return encodeMutationResult({
    status: create(StatusSchema),
    keys: result.keys,
    successIndexes: Uint32Array.from({ length: result.count }, (_, i) => i),
    acknowledged: true,
    ...counts,
    timestamp: result.timestamp,
  });
}
