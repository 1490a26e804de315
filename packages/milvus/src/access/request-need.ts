import type { DescField } from "@bufbuild/protobuf";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
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
  /** The databases that the request is about, empty where that is the caller's own. */
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
const databaseFieldNames: ReadonlySet<string> = new Set(["db_name", "newDBName"]);

const needReaders: ReadonlyMap<string, NeedReader> = new Map(
  MilvusService.methods.flatMap(({ name, input }): [string, NeedReader][] => {
    const declared = requestPrivileges[input.typeName];
    if (declared === undefined) return [];
    const isDatabase = (field: DescField) =>
      databaseFieldNames.has(field.name) && !requestsAboutDatabases.has(input.name);
    const databaseFields = new Set(input.fields.filter(isDatabase).map(({ number }) => number));
    const nameField = input.fields.find(({ number }) => number === declared.nameField);
    return [[name, { declared, isNested: nameField?.fieldKind === "message", databaseFields }]];
  }),
);

/**
 * What a request of a method needs, from the privilege that its message declares; undefined for
 * those that declare none, which Milvus leaves to everybody who has signed in. Reads only the fields
 * that it needs, however long the request is. Throws `WireError`.
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
    databases: [...new Set(found.databases.values())].filter((name) => name !== ""),
  };
}

interface FoundNames {
  objectName: string;
  readonly objectNames: string[];
  /** By field number. */
  readonly databases: Map<number, string>;
}

function readNames(needReader: NeedReader, request: Uint8Array): FoundNames {
  const { declared, isNested, databaseFields } = needReader;
  const isNamed = declared.nameField > 0 && !isNested;
  const found: FoundNames = {
    objectName: isNamed ? "" : wildcard,
    objectNames: [],
    databases: new Map(),
  };
  // As in every reader of protobuf, the last of several values of a field counts.
  const reader = new WireReader(request);
  while (reader.next()) {
    const { field } = reader;
    if (field === declared.nameField) {
      found.objectName = isNested ? nameIn(reader.message()) : reader.string();
    } else if (field === declared.namesField) found.objectNames.push(reader.string());
    else if (databaseFields.has(field)) found.databases.set(field, reader.string());
    else reader.skip();
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
