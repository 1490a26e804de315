import { ObjectPrivilege } from "../wire/gen/common_pb.ts";
import { requestPrivileges } from "../wire/gen/privileges.ts";

/** What a privilege is about, as the first style of grants has it. */
export type ObjectType = "Collection" | "Global" | "User";

/** How far a privilege reaches, as the second style of grants has it. */
export type PrivilegeLevel = "Cluster" | "Collection" | "Database";

/** Every object, every privilege, every database. */
export const wildcard = "*";

export const allPrivileges = "All";

const collectionReadOnly = [
  "DescribeAlias",
  "DescribeCollection",
  "DescribeSnapshot",
  "GetFlushState",
  "GetLoadState",
  "GetLoadingProgress",
  "GetStatistics",
  "HasPartition",
  "IndexDetail",
  "ListAliases",
  "ListSnapshots",
  "Query",
  "Search",
  "ShowPartitions",
];
const collectionReadWrite = [
  ...collectionReadOnly,
  "AddCollectionField",
  "AlterCollectionSchema",
  "Compaction",
  "CreateIndex",
  "CreatePartition",
  "CreateSnapshot",
  "Delete",
  "DropIndex",
  "DropPartition",
  "DropSnapshot",
  "Flush",
  "Import",
  "Insert",
  "Load",
  "LoadBalance",
  "RefreshExternalCollection",
  "Release",
  "RestoreSnapshot",
  "Upsert",
];
const collectionAdmin = [...collectionReadWrite, "CreateAlias", "DropAlias"];

const databaseReadOnly = ["DescribeDatabase", "ShowCollections"];
const databaseReadWrite = [...databaseReadOnly, "AlterDatabase"];
const databaseAdmin = [...databaseReadWrite, "CreateCollection", "DropCollection"];

const clusterReadOnly = [
  "DescribeResourceGroup",
  "GetImportProgress",
  "GetReplicateConfiguration",
  "ListDatabases",
  "ListFileResources",
  "ListImport",
  "ListPrivilegeGroups",
  "ListResourceGroups",
  "SelectOwnership",
  "SelectUser",
];
const clusterReadWrite = [
  ...clusterReadOnly,
  "FlushAll",
  "TransferNode",
  "TransferReplica",
  "UpdateResourceGroups",
];
const clusterAdmin = [
  ...clusterReadWrite,
  "AddFileResource",
  "BackupRBAC",
  "CreateDatabase",
  "CreateOwnership",
  "CreatePrivilegeGroup",
  "CreateResourceGroup",
  "DropDatabase",
  "DropOwnership",
  "DropPrivilegeGroup",
  "DropResourceGroup",
  "ExportSnapshot",
  "ManageOwnership",
  "OperatePrivilegeGroup",
  "PinSnapshotData",
  "RemoveFileResource",
  "RenameCollection",
  "RestoreExternalSnapshot",
  "RestoreRBAC",
  "UnpinSnapshotData",
  "UpdateReplicateConfiguration",
  "UpdateUser",
];

/** The groups of the second style (`pkg/util/constant.go` of Milvus), by name. */
export const builtInGroups: ReadonlyMap<string, readonly string[]> = new Map([
  ["ClusterAdmin", clusterAdmin],
  ["ClusterReadOnly", clusterReadOnly],
  ["ClusterReadWrite", clusterReadWrite],
  ["CollectionAdmin", collectionAdmin],
  ["CollectionReadOnly", collectionReadOnly],
  ["CollectionReadWrite", collectionReadWrite],
  ["DatabaseAdmin", databaseAdmin],
  ["DatabaseReadOnly", databaseReadOnly],
  ["DatabaseReadWrite", databaseReadWrite],
]);

const readOnly = [...collectionReadOnly, ...databaseReadOnly, "ListDatabases"];
const readWrite = [...readOnly, ...collectionAdmin, "RenameCollection"];
const admin = [...readWrite, ...databaseAdmin, ...clusterAdmin];

/**
 * The groups of the first style. On a collection they also hold for what concerns no collection, such
 * as listing databases.
 */
export const firstStyleGroups: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["Admin", new Set(admin)],
  ["ReadOnly", new Set(readOnly)],
  ["ReadWrite", new Set(readWrite)],
]);

/** The names of built-in privileges and groups, as clients write them. */
const definedNames: ReadonlySet<string> = new Set(
  Object.keys(ObjectPrivilege).map((key) => key.replace(/^Privilege(Group(?=[A-Z]))?/, "")),
);

const objectTypes: ReadonlyMap<string, ObjectType> = objectTypesByPrivilege();

/** The name under which a privilege or group is kept: `GroupReadOnly` is `ReadOnly`. */
export function canonicalName(name: string): string {
  return firstStyleGroups.has(name.slice("Group".length)) && name.startsWith("Group")
    ? name.slice("Group".length)
    : name;
}

/** Whether the name is that of a built-in privilege or group. */
export function isDefined(name: string): boolean {
  return definedNames.has(canonicalName(name));
}

/** What a privilege is about. Of groups and of those that no request needs: Global. */
export function objectTypeOf(privilege: string): ObjectType {
  return objectTypes.get(privilege) ?? "Global";
}

/** How far a privilege reaches; undefined for what is none of a level. */
export function levelOf(privilege: string): PrivilegeLevel | undefined {
  if (clusterAdmin.includes(privilege)) return "Cluster";
  if (databaseAdmin.includes(privilege)) return "Database";
  if (collectionAdmin.includes(privilege)) return "Collection";
  return undefined;
}

/** Whether a text is the name of an object type. */
export function isObjectType(name: string): name is ObjectType {
  return name === "Collection" || name === "Global" || name === "User";
}

/** From the requests' own declarations; a privilege of several types is Global. */
function objectTypesByPrivilege(): Map<string, ObjectType> {
  const types = new Map<string, ObjectType>([
    // No request declares it, and Milvus has it among those of collections.
    ["GetLoadingProgress", "Collection"],
    ["ReadOnly", "Collection"],
    ["ReadWrite", "Collection"],
  ]);
  for (const { privilege, objectType } of Object.values(requestPrivileges)) {
    const name = privilege.slice("Privilege".length);
    if (!isObjectType(objectType) || types.get(name) === "Global") continue;
    types.set(name, objectType);
  }
  return types;
}
