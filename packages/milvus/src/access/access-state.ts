import { type ObjectType, wildcard } from "./privileges.ts";

/** Who may sign in. */
export interface User {
  readonly name: string;
  /** The hash of the password (`password-hash.ts`). Without one nobody can sign in as this user. */
  readonly password?: string;
  readonly roles: readonly string[];
  readonly description: string;
}

export interface Role {
  readonly name: string;
  readonly description: string;
}

/** That a role has a privilege, or a group of them, on an object. */
export interface Grant {
  readonly role: string;
  readonly objectType: ObjectType;
  /** The name of a collection or user, or `*`. */
  readonly objectName: string;
  /** The name of a database, or `*`. */
  readonly database: string;
  /** The name of a privilege, of a group, or `*`. */
  readonly privilege: string;
  /** Who has granted it. */
  readonly grantor: string;
}

/** A group of privileges that somebody has defined. */
export interface PrivilegeGroup {
  readonly name: string;
  readonly privileges: readonly string[];
}

/** Who there is and who may do what, as one value that is replaced as a whole. */
export interface AccessState {
  readonly users: readonly User[];
  readonly roles: readonly Role[];
  readonly grants: readonly Grant[];
  readonly groups: readonly PrivilegeGroup[];
}

/** The user who may do everything and can't be dropped. */
export const rootName = "root";
/** The role that may do everything. */
export const adminRole = "admin";
/** The role that everybody has. */
export const publicRole = "public";

/** What there is before anybody has changed anything. Root has no password yet. */
export const initialAccess: AccessState = {
  users: [{ name: rootName, roles: [adminRole], description: "" }],
  roles: [
    { name: adminRole, description: "" },
    { name: publicRole, description: "" },
  ],
  grants: [
    publicGrant("Global", "DescribeCollection"),
    publicGrant("Global", "ListAliases"),
    publicGrant("Collection", "IndexDetail"),
  ],
  groups: [],
};

function publicGrant(objectType: ObjectType, privilege: string): Grant {
  return {
    role: publicRole,
    objectType,
    objectName: wildcard,
    database: wildcard,
    privilege,
    grantor: rootName,
  };
}
