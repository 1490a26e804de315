import { invalidParameter, MilvusError, refused } from "../errors.ts";
import { checkAccessName, checkDescription } from "./access-names.ts";
import { type AccessState, adminRole, publicRole, type Role } from "./access-state.ts";

/** Those of the system among them. Milvus's default (`proxy.maxRoleNum`). */
const roleCountMax = 10;

/** Throws `MilvusError` for a wrong or taken name, or when there are too many roles. */
export function addRole(state: AccessState, role: Role): AccessState {
  checkAccessName(role.name, "role name");
  checkDescription(role.description, "role");
  if (state.roles.some(({ name }) => name === role.name)) {
    throw refused(`role [name:"${role.name}"] already exists`);
  }
  if (state.roles.length >= roleCountMax) {
    throw new MilvusError("serviceQuotaExceeded", {
      fields: { reason: "unable to create role because the number of roles has reached the limit" },
    });
  }
  return { ...state, roles: [...state.roles, role] };
}

/** Changes the description. Throws `MilvusError` for a role that is not there or built in. */
export function changeRole(state: AccessState, name: string, description: string): AccessState {
  if (name === "") throw invalidParameter("role name is empty");
  if (isDefault(name)) {
    const message = `the role[${name}] is a builtin role, which can't be altered`;
    throw new MilvusError("privilegeNotPermitted", { message });
  }
  checkDescription(description, "role");
  findRole(state, name);
  const roles = state.roles.map((role) => (role.name === name ? { ...role, description } : role));
  return { ...state, roles };
}

/**
 * Takes the role from all users, and drops it. Throws `MilvusError` for a role that is not there or
 * built in, and, unless forced, for one that has privileges.
 */
export function removeRole(state: AccessState, name: string, isForced: boolean): AccessState {
  checkAccessName(name, "role name");
  if (isDefault(name)) {
    const message = `the role[${name}] is a default role, which can't be dropped`;
    throw new MilvusError("privilegeNotPermitted", { message });
  }
  findRole(state, name);
  if (!isForced && state.grants.some(({ role }) => role === name)) {
    throw refused(
      "fail to drop the role that it has privileges. Use REVOKE API to revoke privileges",
    );
  }
  return {
    ...state,
    users: state.users.map((user) => ({
      ...user,
      roles: user.roles.filter((role) => role !== name),
    })),
    roles: state.roles.filter((role) => role.name !== name),
    grants: state.grants.filter(({ role }) => role !== name),
  };
}

/** Throws `MilvusError` when there is no such role. */
export function findRole(state: AccessState, name: string): Role {
  const found = state.roles.find((role) => role.name === name);
  if (found !== undefined) return found;
  throw refused("not found the role, maybe the role isn't existed or internal system error");
}

function isDefault(name: string): boolean {
  return name === adminRole || name === publicRole;
}
