import type { DescField, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { FlushAllRequestSchema, MilvusService } from "../wire/gen/milvus_pb.ts";
import { type RequestPrivilege, requestPrivileges } from "../wire/gen/privileges.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { wildcard } from "./privileges.ts";

/** What a caller must be allowed for a request to be carried out. */
export interface RequestNeed {
  /** Collection, Global or User. */
  readonly objectType: string;
  /** The name of a privilege, such as `Insert`. */
  readonly privilege: string;
  /** The objects that the request is about: all of them are needed. `*` where it names none. */
  readonly objectNames: readonly string[];
  /** The databases that it is about, `*` for all; empty where that is the caller's own. */
  readonly databases: readonly string[];
}

/** How the need of a method's requests is read from their bytes. */
interface NeedReader {
  readonly declared: RequestPrivilege;
  /** Whether the object's name is in a message, as the name of a user is. */
  readonly isNested: boolean;
  /** The numbers of the fields that name databases. */
  readonly databaseFields: ReadonlySet<number>;
}

/**
 * Requests whose `db_name` is not where they work but what they make, drop or grant on. Their
 * privilege is asked for in the database that the caller works in.
 */
const requestsAboutDatabases: ReadonlySet<string> = new Set([
  "CreateDatabaseRequest",
  "DropDatabaseRequest",
  "OperatePrivilegeV2Request",
]);

/** A request names one database; a renaming may name a second one. */
const databaseFieldNames: ReadonlySet<string> = new Set(["db_name", "dbName", "newDBName"]);

/**
 * What everybody who has signed in may call: it tells of the server, or of nothing but what the
 * caller is granted something on.
 */
const openMethods: ReadonlySet<string> = new Set([
  "AllocTimestamp",
  "CheckHealth",
  "Connect",
  "GetCompactionState",
  "GetCompactionStateWithPlans",
  "GetComponentStates",
  "GetFlushAllState",
  "GetMetrics",
  "GetVersion",
  // Whether there is a collection is told by DescribeCollection, too, which everybody may call.
  "HasCollection",
  "ListDatabases",
  "ShowCollections",
]);

/** Methods that tell of one collection, though their requests declare no privilege. */
const undeclaredPrivileges: Readonly<Record<string, string>> = {
  GetPartitionStatistics: "GetStatistics",
  GetPersistentSegmentInfo: "GetStatistics",
  GetQuerySegmentInfo: "GetStatistics",
  GetReplicas: "GetLoadState",
};

const needReaders: ReadonlyMap<string, NeedReader> = new Map(
  MilvusService.methods
    .filter(({ name }) => !openMethods.has(name))
    .map((method) => [method.name, needReaderOf(method)]),
);

function needReaderOf({ name, input }: DescMethod): NeedReader {
  const declared = requestPrivileges[input.typeName] ?? undeclared(name, input);
  const isDatabase = (field: DescField) =>
    databaseFieldNames.has(field.name) && !requestsAboutDatabases.has(input.name);
  const databaseFields = new Set(input.fields.filter(isDatabase).map(({ number }) => number));
  const nameField = input.fields.find(({ number }) => number === declared.nameField);
  return { declared, isNested: nameField?.fieldKind === "message", databaseFields };
}

/** What is neither declared nor listed above is for root: nobody can be granted its privilege. */
function undeclared(name: string, { fields }: DescMessage): RequestPrivilege {
  const privilege = undeclaredPrivileges[name];
  if (privilege === undefined) {
    return { objectType: "Global", privilege: `Privilege${name}`, nameField: 0, namesField: 0 };
  }
  const isName = (field: DescField) => /^collection_?name$/i.test(field.name);
  const nameField = fields.find(isName)?.number ?? 0;
  return { objectType: "Collection", privilege: `Privilege${privilege}`, nameField, namesField: 0 };
}

/**
 * What a request of a method needs, from the privilege that its message declares; undefined for
 * what everybody may do who has signed in. Reads only the fields that it needs, however long the
 * request is. Throws `WireError`.
 */
export function needOf(method: string, request: Uint8Array): RequestNeed | undefined {
  const reader = needReaders.get(method);
  if (reader === undefined) return undefined;
  const { declared } = reader;
  const found = readNames(reader, request);
  return {
    objectType: declared.objectType,
    privilege: declared.privilege.slice("Privilege".length),
    objectNames: declared.namesField > 0 ? found.objectNames : [found.objectName],
    databases: databasesIn(method, found),
  };
}

function databasesIn(method: string, { databases, hasTargets }: FoundNames): readonly string[] {
  const named = [...new Set(databases.values())].filter((name) => name !== "");
  // It flushes its targets, wherever they are, or one database, or else all of them.
  if (method === "FlushAll" && (hasTargets || named.length === 0)) return [wildcard];
  return named;
}

interface FoundNames {
  objectName: string;
  readonly objectNames: string[];
  /** By field number. */
  readonly databases: Map<number, string>;
  /** Whether a FlushAll lists what it is to flush. */
  hasTargets: boolean;
}

/** `flush_targets` of a FlushAll. */
const flushTargetsField = FlushAllRequestSchema.field.flushTargets.number;

function readNames(needReader: NeedReader, request: Uint8Array): FoundNames {
  const { declared, isNested, databaseFields } = needReader;
  const isNamed = declared.nameField > 0 && !isNested;
  const found: FoundNames = {
    objectName: isNamed ? "" : wildcard,
    objectNames: [],
    databases: new Map(),
    hasTargets: false,
  };
  // As in every reader of protobuf, the last of several values of a field counts.
  const reader = new WireReader(request);
  while (reader.next()) {
    const { field } = reader;
    if (field === declared.nameField) {
      found.objectName = isNested ? nameIn(reader.message()) : reader.string();
    } else if (field === declared.namesField) found.objectNames.push(reader.string());
    else if (databaseFields.has(field)) found.databases.set(field, reader.string());
    else {
      found.hasTargets ||= field === flushTargetsField;
      reader.skip();
    }
  }
  return found;
}

/** The name that a message like UserEntity holds in its first field. */
function nameIn(reader: WireReader): string {
  let name = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else reader.skip();
  }
  return name === "" ? wildcard : name;
}
