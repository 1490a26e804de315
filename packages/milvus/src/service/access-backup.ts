import { checkAccessName, checkUserName } from "../access/access-names.ts";
import {
  type AccessState,
  adminRole,
  type Grant,
  publicRole,
  rootName,
} from "../access/access-state.ts";
import { addGrant, checkGrantedDatabase } from "../access/grant-changes.ts";
import { addGroup, addPrivileges } from "../access/group-changes.ts";
import { isPasswordHash } from "../access/password-hash.ts";
import { canonicalName, isDefined, isObjectType, wildcard } from "../access/privileges.ts";
import { addRole } from "../access/role-changes.ts";
import { addUser } from "../access/user-changes.ts";
import { invalidParameter } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  BackupRBACMetaRequestSchema,
  BackupRBACMetaResponseSchema,
  type GrantEntity,
  type RBACMeta,
  RestoreRBACMetaRequestSchema,
} from "../wire/gen/milvus_pb.ts";
import { grantEntity } from "./grants.ts";
import { type MethodTable, method } from "./method.ts";

/** All users, roles, grants and groups at once: to keep them, or to move them. */
export const accessBackupMethods: MethodTable = {
  BackupRBAC: method(
    BackupRBACMetaRequestSchema,
    BackupRBACMetaResponseSchema,
    async (_request, call) => {
      const { state } = await call.access.store.current();
      return { status: {}, RBACMeta: backupOf(state) };
    },
  ),
  RestoreRBAC: method(RestoreRBACMetaRequestSchema, StatusSchema, async (request, call) => {
    const { RBACMeta: meta } = request;
    if (meta === undefined || isEmpty(meta)) throw invalidParameter("the RBAC meta is empty");
    await call.access.store.change((state) => restore(state, meta));
    return {};
  }),
};

/** What every database has of itself is left out. */
function backupOf({ users, roles, grants, groups }: AccessState) {
  const isDefault = (role: string) => role === adminRole || role === publicRole;
  return {
    users: users
      .filter(({ name }) => name !== rootName)
      .map((user) => ({
        user: user.name,
        password: user.password ?? "",
        roles: user.roles.map((name) => ({ name })),
      })),
    roles: roles.filter(({ name }) => !isDefault(name)).map((role) => ({ ...role })),
    grants: grants.filter(({ role }) => !isDefault(role)).map(grantEntity),
    privilegeGroups: groups.map(({ name, privileges }) => ({
      groupName: name,
      privileges: privileges.map((privilege) => ({ name: privilege })),
    })),
  };
}

function isEmpty({ users, roles, grants, privilegeGroups }: RBACMeta): boolean {
  return [users, roles, grants, privilegeGroups].every((list) => list.length === 0);
}

/** Adds all of a backup, or throws `MilvusError`. */
function restore(state: AccessState, meta: RBACMeta): AccessState {
  let next = state;
  for (const { name, description } of meta.roles) {
    if (state.roles.some((role) => role.name === name)) throw exists("role", name);
    next = addRole(next, { name, description });
  }
  next = restoreGroups(next, meta);
  for (const entity of meta.grants) next = addGrant(next, restoredGrant(next, entity));
  for (const { user: name, password, roles } of meta.users) {
    if (state.users.some((user) => user.name === name)) throw exists("user", name);
    checkUserName(name);
    if (!isPasswordHash(password)) {
      throw invalidParameter(
        `the password of user [${name}] is hashed in another way than Redkite's. Create the user instead`,
      );
    }
    const missing = roles.find(
      ({ name: role }) => !next.roles.some((entry) => entry.name === role),
    );
    if (missing !== undefined) throw invalidParameter(`role [${missing.name}] does not exist`);
    const names = roles.map((role) => role.name);
    next = addUser(next, { name, password, roles: names, description: "" });
  }
  return next;
}

/** Groups may be in one another: all are made before any is filled. */
function restoreGroups(state: AccessState, { privilegeGroups }: RBACMeta): AccessState {
  let next = state;
  for (const { groupName } of privilegeGroups) {
    if (state.groups.some(({ name }) => name === groupName)) {
      throw exists("privilege group", groupName);
    }
    next = addGroup(next, groupName);
  }
  for (const { groupName, privileges } of privilegeGroups) {
    const names = privileges.map(({ name }) => name);
    if (names.length > 0) next = addPrivileges(next, groupName, names);
  }
  return next;
}

function restoredGrant(state: AccessState, entity: GrantEntity): Grant {
  const privilege = canonicalName(entity.grantor?.privilege?.name ?? "");
  const isGroup = state.groups.some(({ name }) => name === privilege);
  if (privilege !== wildcard && !isGroup && !isDefined(privilege)) {
    throw invalidParameter(`privilege [${privilege}] does not exist`);
  }
  const objectType = entity.object?.name ?? "";
  if (!isObjectType(objectType)) {
    throw invalidParameter("the object entity in the grant entity is invalid");
  }
  if (entity.objectName !== wildcard) checkAccessName(entity.objectName, "object name");
  checkGrantedDatabase(entity.dbName);
  return {
    role: entity.role?.name ?? "",
    objectType,
    objectName: entity.objectName,
    database: entity.dbName || "default",
    privilege,
    grantor: entity.grantor?.user?.name || rootName,
  };
}

function exists(what: string, name: string) {
  return invalidParameter(`${what} [${name}] already exists`);
}
