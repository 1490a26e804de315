import { addRole, changeRole, removeRole } from "../access/role-changes.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  AlterRoleRequestSchema,
  CreateRoleRequestSchema,
  DropRoleRequestSchema,
  SelectRoleRequestSchema,
  SelectRoleResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** Roles: what users are given privileges through. */
export const roleMethods: MethodTable = {
  CreateRole: method(CreateRoleRequestSchema, StatusSchema, async (request, call) => {
    const { name = "", description = "" } = request.entity ?? {};
    await call.access.store.change((state) => addRole(state, { name, description }));
    return {};
  }),
  AlterRole: method(AlterRoleRequestSchema, StatusSchema, async (request, call) => {
    const { roleName, description } = request;
    await call.access.store.change((state) => changeRole(state, roleName, description));
    return {};
  }),
  DropRole: method(DropRoleRequestSchema, StatusSchema, async (request, call) => {
    const { roleName, forceDrop } = request;
    await call.access.store.change((state) => removeRole(state, roleName, forceDrop));
    return {};
  }),
  SelectRole: method(SelectRoleRequestSchema, SelectRoleResponseSchema, async (request, call) => {
    const { state } = await call.access.store.current();
    const { role: asked, includeUserInfo } = request;
    const roles = state.roles.filter(({ name }) => asked === undefined || name === asked.name);
    const usersOf = (role: string) =>
      state.users.filter((user) => user.roles.includes(role)).map(({ name }) => ({ name }));
    return {
      status: {},
      results: roles.map((role) => ({
        role: { ...role },
        users: includeUserInfo ? usersOf(role.name) : [],
      })),
    };
  }),
};
