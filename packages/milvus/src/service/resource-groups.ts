import { MilvusError, unsupported } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  CreateResourceGroupRequestSchema,
  DescribeResourceGroupRequestSchema,
  DescribeResourceGroupResponseSchema,
  DropResourceGroupRequestSchema,
  ListResourceGroupsRequestSchema,
  ListResourceGroupsResponseSchema,
  TransferNodeRequestSchema,
  TransferReplicaRequestSchema,
  UpdateResourceGroupsRequestSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";
import { nodeId } from "./segments.ts";

/** The group that every node belongs to: Milvus's name of it. */
export const defaultResourceGroup = "__default_resource_group";

const refuse = (): never => {
  throw unsupported("a resource group beside the default one, on a single node,");
};

/** Groups of nodes: there is one node, and one group of it. */
export const resourceGroupMethods: MethodTable = {
  ListResourceGroups: method(
    ListResourceGroupsRequestSchema,
    ListResourceGroupsResponseSchema,
    () => ({ status: {}, resourceGroups: [defaultResourceGroup] }),
  ),
  DescribeResourceGroup: method(
    DescribeResourceGroupRequestSchema,
    DescribeResourceGroupResponseSchema,
    (request, call) => {
      checkResourceGroup(request.resourceGroup);
      const loaded = call.database
        .listDatabases()
        .flatMap(({ name }) => call.database.listCollections(name))
        .filter((collection) => collection.loadState !== "not-loaded");
      return {
        status: {},
        resourceGroup: {
          name: defaultResourceGroup,
          capacity: 1,
          numAvailableNode: 1,
          numLoadedReplica: Object.fromEntries(loaded.map(({ name }) => [name, 1])),
          nodes: [{ nodeId }],
        },
      };
    },
  ),
  CreateResourceGroup: method(CreateResourceGroupRequestSchema, StatusSchema, refuse),
  DropResourceGroup: method(DropResourceGroupRequestSchema, StatusSchema, refuse),
  UpdateResourceGroups: method(UpdateResourceGroupsRequestSchema, StatusSchema, refuse),
  TransferNode: method(TransferNodeRequestSchema, StatusSchema, refuse),
  TransferReplica: method(TransferReplicaRequestSchema, StatusSchema, refuse),
};

/** Throws `MilvusError` 300 for any group but the one that there is. */
export function checkResourceGroup(name: string): void {
  if (name === defaultResourceGroup) return;
  throw new MilvusError("resourceGroupNotFound", { fields: { rg: name } });
}
