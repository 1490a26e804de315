import { OperateUserRoleType } from "../wire/gen/milvus_pb.ts";
import { type BodyOf, bodyShape, required, text } from "./body-shape.ts";
import type { RestCall } from "./rest-call.ts";
import { done, type RestAnswer, type RestRoute, route } from "./rest-route.ts";

const user = bodyShape("UserReq", { userName: required(text()) });
const userRole = bodyShape("UserRoleReq", {
  userName: required(text()),
  roleName: required(text()),
});

export const userRoutes: readonly RestRoute[] = [
  route({
    path: "/users/list",
    method: "listCredUsers",
    summary: "Lists the names of the users",
    body: bodyShape("DatabaseReq", { dbName: text() }),
    run: async (_body, call) => ({ data: (await call.invoke("listCredUsers", {})).usernames }),
  }),
  route({
    path: "/users/describe",
    method: "selectUser",
    summary: "Lists the roles of a user",
    body: user,
    run: async ({ userName }, call) => {
      const request = { user: { name: userName }, includeRoleInfo: true };
      const { results } = await call.invoke("selectUser", request);
      const found = results.filter((result) => result.user?.name === userName);
      return { data: found.flatMap(({ roles }) => roles.map((role) => role.name)) };
    },
  }),
  route({
    path: "/users/create",
    method: "createCredential",
    summary: "Creates a user",
    body: bodyShape("PasswordReq", { userName: required(text()), password: required(text()) }),
    run: async ({ userName, password }, call) => {
      await call.invoke("createCredential", { username: userName, password: base64(password) });
      return done;
    },
  }),
  route({
    path: "/users/update_password",
    method: "updateCredential",
    summary: "Changes a user's password",
    body: bodyShape("NewPasswordReq", {
      userName: required(text()),
      password: required(text()),
      newPassword: required(text()),
    }),
    run: async ({ userName, password, newPassword }, call) => {
      await call.invoke("updateCredential", {
        username: userName,
        oldPassword: base64(password),
        newPassword: base64(newPassword),
      });
      return done;
    },
  }),
  route({
    path: "/users/drop",
    method: "deleteCredential",
    summary: "Drops a user",
    body: user,
    run: async ({ userName }, call) => {
      await call.invoke("deleteCredential", { username: userName });
      return done;
    },
  }),
  route({
    path: "/users/grant_role",
    method: "operateUserRole",
    summary: "Gives a user a role",
    body: userRole,
    run: (body, call) => changeRole(body, OperateUserRoleType.AddUserToRole, call),
  }),
  route({
    path: "/users/revoke_role",
    method: "operateUserRole",
    summary: "Takes a role from a user",
    body: userRole,
    run: (body, call) => changeRole(body, OperateUserRoleType.RemoveUserFromRole, call),
  }),
];

async function changeRole(
  { userName, roleName }: BodyOf<typeof userRole>,
  type: OperateUserRoleType,
  call: RestCall,
): Promise<RestAnswer> {
  await call.invoke("operateUserRole", { username: userName, roleName, type });
  return done;
}

/** The form that passwords have in Milvus's messages. */
function base64(password: string): string {
  return Buffer.from(password).toString("base64");
}
