import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ResourceGroup } from "../wire/gen/milvus_pb.ts";
import type { ResourceGroupConfigSchema } from "../wire/gen/rg_pb.ts";
import {
  type BodyShape,
  bodyShape,
  int32,
  int64,
  isJsonObject,
  listOf,
  nested,
  optional,
  record,
  required,
  text,
} from "./body-shape.ts";
import { pairsOf } from "./loose-text.ts";
import { done, type RestRoute, route } from "./rest-route.ts";

interface ConfigBody {
  readonly requests: { readonly node_num: number };
  readonly limits: { readonly node_num: number };
  readonly transfer_from: readonly { readonly resource_group: string }[];
  readonly transfer_to: readonly { readonly resource_group: string }[];
  readonly node_filter: { readonly node_labels: Parameters<typeof pairsOf>[0] };
}

const limit = bodyShape("ResourceGroupLimit", { node_num: int32() });
const transfer = bodyShape("ResourceGroupTransfer", { resource_group: text() });
const config: BodyShape<ConfigBody> = bodyShape("ResourceGroupConfig", {
  requests: nested(limit),
  limits: nested(limit),
  transfer_from: listOf(nested(transfer)),
  transfer_to: listOf(nested(transfer)),
  node_filter: nested(bodyShape("ResourceGroupNodeFilter", { node_labels: record() })),
});

const named = bodyShape("ResourceGroupReq", { name: required(text()), config: optional(config) });

/** Groups of nodes. What one node makes of them is the service's to say. */
export const resourceGroupRoutes: readonly RestRoute[] = [
  route({
    path: "/resource_groups/list",
    method: "listResourceGroups",
    summary: "Lists the names of the resource groups",
    body: bodyShape("EmptyReq", {}),
    run: async (_body, call) => ({
      data: (await call.invoke("listResourceGroups", {})).resourceGroups,
    }),
  }),
  route({
    path: "/resource_groups/describe",
    method: "describeResourceGroup",
    summary: "Describes a resource group",
    body: named,
    run: async ({ name }, call) => {
      const { resourceGroup } = await call.invoke("describeResourceGroup", { resourceGroup: name });
      // Milvus answers it beside the data, not in it.
      return resourceGroup === undefined ? {} : { resource_group: describe(resourceGroup) };
    },
  }),
  route({
    path: "/resource_groups/create",
    method: "createResourceGroup",
    summary: "Creates a resource group",
    body: named,
    run: async ({ name, config: given }, call) => {
      await call.invoke("createResourceGroup", {
        resourceGroup: name,
        ...(given === undefined ? {} : { config: configOf(given) }),
      });
      return done;
    },
  }),
  route({
    path: "/resource_groups/drop",
    method: "dropResourceGroup",
    summary: "Drops a resource group",
    body: named,
    run: async ({ name }, call) => {
      await call.invoke("dropResourceGroup", { resourceGroup: name });
      return done;
    },
  }),
  route({
    path: "/resource_groups/alter",
    method: "updateResourceGroups",
    summary: "Changes how many nodes resource groups have",
    body: bodyShape("UpdateResourceGroupReq", { resource_groups: required(record()) }),
    run: async ({ resource_groups }, call) => {
      const resourceGroups = Object.fromEntries(
        Object.entries(resource_groups).map(([name, value]) => [
          name,
          configOf(config.read(isJsonObject(value) ? value : {})),
        ]),
      );
      await call.invoke("updateResourceGroups", { resourceGroups });
      return done;
    },
  }),
  route({
    path: "/resource_groups/transfer_replica",
    method: "transferReplica",
    summary: "Moves replicas from one resource group to another",
    body: bodyShape("TransferReplicaReq", {
      sourceRgName: required(text()),
      targetRgName: required(text()),
      collectionName: required(text()),
      replicaNum: required(int64()),
    }),
    run: async (body, call) => {
      await call.invoke("transferReplica", {
        sourceResourceGroup: body.sourceRgName,
        targetResourceGroup: body.targetRgName,
        collectionName: body.collectionName,
        numReplica: body.replicaNum,
        dbName: call.databaseName,
      });
      return done;
    },
  }),
];

function configOf(body: ConfigBody): MessageInitShape<typeof ResourceGroupConfigSchema> {
  return {
    requests: { nodeNum: body.requests.node_num },
    limits: { nodeNum: body.limits.node_num },
    transferFrom: body.transfer_from.map((item) => ({ resourceGroup: item.resource_group })),
    transferTo: body.transfer_to.map((item) => ({ resourceGroup: item.resource_group })),
    nodeFilter: { nodeLabels: pairsOf(body.node_filter.node_labels) },
  };
}

function describe(group: ResourceGroup): object {
  return {
    name: group.name,
    capacity: group.capacity,
    num_available_node: group.numAvailableNode,
    num_loaded_replica: group.numLoadedReplica,
    num_outgoing_node: group.numOutgoingNode,
    num_incoming_node: group.numIncomingNode,
    config: {
      requests: { node_num: group.config?.requests?.nodeNum ?? 0 },
      limits: { node_num: group.config?.limits?.nodeNum ?? 0 },
    },
    nodes: group.nodes.map(({ nodeId, address, hostname }) => ({
      node_id: nodeId,
      address,
      hostname,
    })),
  };
}
