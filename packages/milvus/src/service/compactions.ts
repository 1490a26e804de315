import type { Collection, CompactionJob } from "@redkite/engine";
import { invalidParameter, MilvusError } from "../errors.ts";
import { CompactionState } from "../wire/gen/common_pb.ts";
import {
  GetCompactionPlansRequestSchema,
  GetCompactionPlansResponseSchema,
  GetCompactionStateRequestSchema,
  GetCompactionStateResponseSchema,
  type ManualCompactionRequest,
  ManualCompactionRequestSchema,
  ManualCompactionResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type Call, type MethodTable, method } from "./method.ts";
import { globalId, localIds } from "./segments.ts";
import { visibleCollections } from "./visible-collections.ts";

/**
 * Compactions that clients ask for: they run in the background. There is one kind of them, which
 * merges what can be merged, whatever kind and size of segments a request names.
 */
export const compactionMethods: MethodTable = {
  ManualCompaction: method(
    ManualCompactionRequestSchema,
    ManualCompactionResponseSchema,
    (request, call) => {
      const collection = findCollection(request, call);
      const id = collection.startCompaction();
      return { status: {}, compactionID: globalId(collection, id), compactionPlanCount: 1 };
    },
  ),
  GetCompactionState: method(
    GetCompactionStateRequestSchema,
    GetCompactionStateResponseSchema,
    async (request, call) => {
      const { job } = await findJob(request.compactionID, call);
      const isDone = job.state === "done";
      return {
        status: {},
        state: stateOf(job),
        executingPlanNo: job.state === "running" ? 1n : 0n,
        completedPlanNo: isDone ? BigInt(job.merges.length) : 0n,
        failedPlanNo: job.state === "failed" ? 1n : 0n,
      };
    },
  ),
  GetCompactionStateWithPlans: method(
    GetCompactionPlansRequestSchema,
    GetCompactionPlansResponseSchema,
    async (request, call) => {
      const { collection, job } = await findJob(request.compactionID, call);
      const mergeInfos = job.merges.map(({ sources, target }) => ({
        sources: sources.map((id) => globalId(collection, id)),
        // Milvus's number for none: all rows of the sources were deleted.
        target: target === undefined ? -1n : globalId(collection, target),
      }));
      return { status: {}, state: stateOf(job), mergeInfos };
    },
  ),
};

function stateOf({ state }: CompactionJob): CompactionState {
  return state === "running" ? CompactionState.Executing : CompactionState.Completed;
}

/** Clients name it, or, older ones, give its number. */
function findCollection(request: ManualCompactionRequest, call: Call): Collection {
  const { collectionName: name, collectionID } = request;
  const { database, databaseName } = call;
  if (name !== "") return database.collection(name, databaseName);
  // In this database only: it is where the caller was asked for the privilege.
  const found = database
    .listCollections(databaseName)
    .find(({ id }) => BigInt(id) === collectionID);
  if (found !== undefined) return found;
  throw new MilvusError("collectionNotFound", { fields: { collection: collectionID } });
}

async function findJob(
  compactionId: bigint,
  call: Call,
): Promise<{ readonly collection: Collection; readonly job: CompactionJob }> {
  const { collectionId, id } = localIds(compactionId);
  const visible = await visibleCollections(call);
  const collection = visible.find((item) => item.id === collectionId);
  const job = collection?.compaction(id);
  if (collection !== undefined && job !== undefined) return { collection, job };
  throw invalidParameter(`compaction ${compactionId} is not known`);
}
