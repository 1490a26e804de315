import { invalidParameter, refused } from "../errors.ts";
import { checkAccessName } from "./access-names.ts";
import type { AccessState, Grant } from "./access-state.ts";
import { allGroups } from "./group-changes.ts";
import {
  allPrivileges,
  canonicalName,
  isDefined,
  isObjectType,
  levelOf,
  type ObjectType,
  objectTypeOf,
  wildcard,
} from "./privileges.ts";
import { findRole } from "./role-changes.ts";

/** Grants that there may be: they are looked through at every change. */
const grantCountMax = 10_000;

/** A grant of the first style: a privilege on an object of a type. */
export interface FirstStyleGrant {
  readonly role: string;
  readonly objectType: string;
  readonly objectName: string;
  readonly database: string;
  readonly privilege: string;
}

/** A grant of the second style: a privilege or group on a collection in a database. */
export interface SecondStyleGrant {
  readonly role: string;
  readonly database: string;
  readonly collection: string;
  readonly privilege: string;
}

/** Does nothing for a grant that is there. Throws `MilvusError` for a role that is not. */
export function addGrant(state: AccessState, grant: Grant): AccessState {
  findRole(state, grant.role);
  if (state.grants.some((entry) => isSame(entry, grant))) return state;
  if (state.grants.length >= grantCountMax) {
    throw invalidParameter(`the number of grants must be at most ${grantCountMax}`);
  }
  return { ...state, grants: [...state.grants, grant] };
}

/** Does nothing for a grant that is not there. Throws `MilvusError` for a role that is not. */
export function removeGrant(state: AccessState, grant: Grant): AccessState {
  findRole(state, grant.role);
  if (!state.grants.some((entry) => isSame(entry, grant))) return state;
  return { ...state, grants: state.grants.filter((entry) => !isSame(entry, grant)) };
}

/** The grant that a request of the first style is about. Throws `MilvusError`. */
export function grantOfFirstStyle(
  state: AccessState,
  given: FirstStyleGrant,
  grantor: string,
): Grant {
  const { role, objectType, database } = given;
  checkPrivilegeName(given.privilege);
  checkAccessName(objectType, "ObjectType");
  if (given.objectName !== wildcard) checkAccessName(given.objectName, "object name");
  checkAccessName(role, "role name");
  checkGrantedDatabase(database);
  if (!isObjectType(objectType)) {
    throw refused("the object entity in the request is nil or invalid");
  }
  findRole(state, role);
  const privilege = canonicalName(given.privilege);
  if (privilege !== wildcard) checkFirstStyle(state, privilege, objectType);
  const objectName = objectType === "Global" ? wildcard : given.objectName;
  return { role, objectType, objectName, database: database || "default", privilege, grantor };
}

/** The grant that a request of the second style is about. Throws `MilvusError`. */
export function grantOfSecondStyle(
  state: AccessState,
  given: SecondStyleGrant,
  grantor: string,
): Grant {
  const { role, database, collection } = given;
  checkPrivilegeName(given.privilege);
  if (collection !== wildcard) checkAccessName(collection, "collection name");
  checkAccessName(role, "role name");
  checkGrantedDatabase(database);
  findRole(state, role);
  const privilege = canonicalName(given.privilege);
  const isGroup = state.groups.some(({ name }) => name === privilege);
  if (privilege !== wildcard && !isGroup && !isDefined(privilege)) {
    throw refused(`not found the privilege name[${privilege}]`);
  }
  checkReach(state, given, privilege);
  const place = { role, objectName: collection, database: database || "default", grantor };
  // All privileges: on one collection, or on all that the database holds.
  if (privilege === wildcard && collection !== wildcard) {
    return { ...place, objectType: "Collection", privilege };
  }
  if (privilege === wildcard) return { ...place, objectType: "Global", privilege: allPrivileges };
  return { ...place, objectType: objectTypeOf(privilege), privilege };
}

/** Which grants a client asks to see. */
export interface GrantFilter {
  readonly role: string;
  /** Without a type, grants on all objects. */
  readonly objectType?: string;
  readonly objectName: string;
  readonly database: string;
}

/** Throws `MilvusError` for a role that is not there. */
export function findGrants(state: AccessState, filter: GrantFilter): readonly Grant[] {
  findRole(state, filter.role);
  const { objectType, objectName, database } = filter;
  if (objectType !== undefined && !isObjectType(objectType)) {
    throw refused("the object entity in the request is nil or invalid");
  }
  const asked = database || "default";
  const isAbout = (grant: Grant) =>
    objectType === undefined ||
    objectName === "" ||
    (grant.objectType === objectType && grant.objectName === objectName);
  return state.grants.filter(
    (grant) =>
      grant.role === filter.role &&
      (asked === wildcard || grant.database === wildcard || grant.database === asked) &&
      isAbout(grant),
  );
}

/** Throws `MilvusError` for a name that no database can have. None is the default one. */
export function checkGrantedDatabase(name: string): void {
  if (name !== "" && name !== wildcard) checkAccessName(name, "database name");
}

function checkPrivilegeName(name: string): void {
  if (name !== wildcard) checkAccessName(name, "Privilege");
}

function checkFirstStyle(state: AccessState, privilege: string, objectType: ObjectType): void {
  if (state.groups.some(({ name }) => name === privilege)) {
    throw refused(`can not operate the custom privilege group [${privilege}]`);
  }
  if (allGroups(state).some(({ name }) => name === privilege)) {
    throw refused(`can not operate the built-in privilege group [${privilege}]`);
  }
  if (isDefined(privilege) && objectTypeOf(privilege) === objectType) return;
  throw refused(`not found the privilege name[${privilege}] in object[${objectType}]`);
}

/** A group is granted no narrower than what is in it reaches. */
function checkReach(state: AccessState, given: SecondStyleGrant, privilege: string): void {
  const [first] = allGroups(state).find(({ name }) => name === privilege)?.privileges ?? [];
  if (first === undefined) return;
  const { database, collection } = given;
  switch (levelOf(first)) {
    case "Cluster":
      if (database === wildcard && collection === wildcard) return;
      throw invalidParameter(
        `dbName and collectionName should be * for the cluster level privilege: ${privilege}`,
      );
    case "Database":
      if (collection === "" || collection === wildcard) return;
      throw invalidParameter(
        `collectionName should be * for the database level privilege: ${privilege}`,
      );
    case "Collection":
      if (database !== wildcard || collection === wildcard || collection === "") return;
      throw invalidParameter(
        `please specify database name for the collection level privilege: ${privilege}`,
      );
    case undefined:
      throw refused("not found the privilege level");
  }
}

function isSame(one: Grant, other: Grant): boolean {
  return (
    one.role === other.role &&
    one.objectType === other.objectType &&
    one.objectName === other.objectName &&
    one.database === other.database &&
    one.privilege === other.privilege
  );
}
