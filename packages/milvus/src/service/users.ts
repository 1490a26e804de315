import { checkPassword, checkUserName } from "../access/access-names.ts";
import type { AccessState, User } from "../access/access-state.ts";
import { decodeBase64 } from "../access/authorization-header.ts";
import { hashPassword } from "../access/password-hash.ts";
import {
  addUser,
  addUserRole,
  changeUser,
  removeUser,
  removeUserRole,
} from "../access/user-changes.ts";
import { MilvusError, refused } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  CreateCredentialRequestSchema,
  DeleteCredentialRequestSchema,
  ListCredUsersRequestSchema,
  ListCredUsersResponseSchema,
  OperateUserRoleRequestSchema,
  OperateUserRoleType,
  SelectUserRequestSchema,
  SelectUserResponseSchema,
  UpdateCredentialRequestSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** Users, their passwords and their roles. */
export const userMethods: MethodTable = {
  CreateCredential: method(CreateCredentialRequestSchema, StatusSchema, async (request, call) => {
    const name = checkUserName(request.username);
    const password = await hashPassword(newPassword(request.password));
    const { description = "" } = request;
    const user = { name, password, roles: [], description };
    await call.access.store.change((state) => addUser(state, user));
    return {};
  }),
  UpdateCredential: method(UpdateCredentialRequestSchema, StatusSchema, async (request, call) => {
    const { store, authenticator } = call.access;
    const name = request.username.trim();
    const { description } = request;
    const change: { password?: string; description?: string } = {};
    if (description !== undefined) change.description = description;
    const { state } = await store.current();
    if (request.newPassword !== "" || description === undefined) {
      const old = decoded(request.oldPassword);
      const given = newPassword(request.newPassword);
      if (!(await authenticator.isPassword(state, name, old))) throw wrongPassword(name);
      change.password = await hashPassword(given);
    }
    await store.change((latest) => {
      // The check took its time: it holds if nobody has changed the password since.
      const isChecked = passwordOf(latest, name) === passwordOf(state, name);
      if (change.password !== undefined && !isChecked) throw wrongPassword(name);
      return changeUser(latest, name, change);
    });
    return {};
  }),

  DeleteCredential: method(DeleteCredentialRequestSchema, StatusSchema, async (request, call) => {
    await call.access.store.change((state) => removeUser(state, request.username.trim()));
    return {};
  }),
  ListCredUsers: method(
    ListCredUsersRequestSchema,
    ListCredUsersResponseSchema,
    async (_request, call) => {
      const { state } = await call.access.store.current();
      return { status: {}, usernames: state.users.map(({ name }) => name) };
    },
  ),
  OperateUserRole: method(OperateUserRoleRequestSchema, StatusSchema, async (request, call) => {
    const { username, roleName, type } = request;
    const change = userRoleChanges[type];
    if (change === undefined) throw refused("invalid operate user role type");
    await call.access.store.change((state) => change(state, username, roleName));
    return {};
  }),
  SelectUser: method(SelectUserRequestSchema, SelectUserResponseSchema, async (request, call) => {
    const { state } = await call.access.store.current();
    const { user: asked, includeRoleInfo } = request;
    const users = state.users.filter(({ name }) => asked === undefined || name === asked.name);
    return { status: {}, results: users.map((user) => userResult(user, includeRoleInfo)) };
  }),
};

const userRoleChanges: Readonly<Partial<Record<OperateUserRoleType, typeof addUserRole>>> = {
  [OperateUserRoleType.AddUserToRole]: addUserRole,
  [OperateUserRoleType.RemoveUserFromRole]: removeUserRole,
};

function userResult({ name, roles, description }: User, withRoles: boolean) {
  return {
    user: { name },
    roles: withRoles ? roles.map((role) => ({ name: role })) : [],
    description,
  };
}

function passwordOf({ users }: AccessState, user: string): string | undefined {
  return users.find(({ name }) => name === user)?.password;
}

function wrongPassword(user: string): MilvusError {
  return new MilvusError("privilegeNotAuthenticated", {
    message: `old password not correct for ${user}`,
  });
}

function newPassword(encoded: string): string {
  const password = decoded(encoded);
  checkPassword(password);
  return password;
}

/** Passwords come in base64. */
function decoded(encoded: string): string {
  const password = decodeBase64(encoded);
  if (password === undefined) throw refused("decode password fail: illegal base64 data");
  return password;
}
