import { invalidParameter, MilvusError, refused } from "../errors.ts";
import { checkDescription } from "./access-names.ts";
import { type AccessState, rootName, type User } from "./access-state.ts";
import { findRole } from "./role-changes.ts";

/** Root among them. Milvus's default (`proxy.maxUserNum`). */
const userCountMax = 100;

/** Throws `MilvusError` when the name is taken, or there are too many users. */
export function addUser(state: AccessState, user: User): AccessState {
  checkDescription(user.description, "user");
  if (state.users.some(({ name }) => name === user.name)) {
    throw refused(`user already exists: ${user.name}`);
  }
  if (state.users.length >= userCountMax) {
    throw new MilvusError("serviceQuotaExceeded", {
      fields: { reason: "unable to add user because the number of users has reached the limit" },
    });
  }
  return { ...state, users: [...state.users, user] };
}

/** Throws `MilvusError` when there is no such user. */
export function changeUser(
  state: AccessState,
  name: string,
  change: { readonly password?: string; readonly description?: string },
): AccessState {
  if (change.description !== undefined) checkDescription(change.description, "user");
  findUser(state, name);
  return {
    ...state,
    users: state.users.map((user) => (user.name === name ? { ...user, ...change } : user)),
  };
}

/** Does nothing when there is no such user. Throws `MilvusError` for root. */
export function removeUser(state: AccessState, name: string): AccessState {
  if (name === rootName) {
    throw new MilvusError("privilegeNotPermitted", { message: "root user cannot be deleted" });
  }
  if (!state.users.some((user) => user.name === name)) return state;
  return { ...state, users: state.users.filter((user) => user.name !== name) };
}

/** Gives a role to a user. Throws `MilvusError` when there is no such role or user. */
export function addUserRole(state: AccessState, user: string, role: string): AccessState {
  checkBinding(user, role);
  findRole(state, role);
  if (findUser(state, user).roles.includes(role)) return state;
  return withRoles(state, user, (roles) => [...roles, role]);
}

/** Takes a role from a user who may not have it, or not exist. The role must exist. */
export function removeUserRole(state: AccessState, user: string, role: string): AccessState {
  checkBinding(user, role);
  findRole(state, role);
  if (!state.users.some(({ name, roles }) => name === user && roles.includes(role))) return state;
  return withRoles(state, user, (roles) => roles.filter((name) => name !== role));
}

function findUser(state: AccessState, name: string): User {
  const found = state.users.find((user) => user.name === name);
  if (found !== undefined) return found;
  throw refused("not found the user, maybe the user isn't existed or internal system error");
}

function checkBinding(user: string, role: string): void {
  if (user === "") throw invalidParameter("username in the user entity is empty");
  if (role === "") throw invalidParameter("role name in the role entity is empty");
}

function withRoles(
  state: AccessState,
  user: string,
  change: (roles: readonly string[]) => readonly string[],
): AccessState {
  const users = state.users.map((entry) =>
    entry.name === user ? { ...entry, roles: change(entry.roles) } : entry,
  );
  return { ...state, users };
}
