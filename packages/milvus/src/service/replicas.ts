import { MilvusError } from "../errors.ts";
import { GetReplicasRequestSchema, GetReplicasResponseSchema } from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";
import { defaultResourceGroup } from "./resource-groups.ts";
import { nodeId } from "./segments.ts";

/** Copies of a loaded collection: there is always one. */
export const replicaMethods: MethodTable = {
  GetReplicas: method(GetReplicasRequestSchema, GetReplicasResponseSchema, (request, call) => {
    const collection = call.database.collection(request.collectionName, call.databaseName);
    if (collection.loadState === "not-loaded") {
      throw new MilvusError("replicaNotFound", { fields: { collection: collection.name } });
    }
    const loaded = collection.listPartitions().filter((partition) => partition.loaded);
    const shardReplicas = Array.from({ length: collection.shardsNum }, (_, i) => ({
      leaderID: nodeId,
      dmChannelName: `channel_${collection.id}v${i}`,
      nodeIds: request.withShardNodes ? [nodeId] : [],
    }));
    return {
      status: {},
      replicas: [
        {
          replicaID: BigInt(collection.id),
          collectionID: BigInt(collection.id),
          partitionIds: loaded.map(({ id }) => BigInt(id)),
          shardReplicas,
          nodeIds: [nodeId],
          resourceGroupName: defaultResourceGroup,
        },
      ],
    };
  }),
};
