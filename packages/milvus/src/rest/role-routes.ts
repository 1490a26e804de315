import { OperatePrivilegeType } from "../wire/gen/milvus_pb.ts";
import { type BodyOf, bodyShape, required, text } from "./body-shape.ts";
import type { RestCall } from "./rest-call.ts";
import { done, type RestAnswer, type RestRoute, route } from "./rest-route.ts";

const role = bodyShape("RoleReq", {
  dbName: text(),
  roleName: required(text()),
  description: text(),
});
const grant = bodyShape("GrantReq", {
  dbName: text(),
  roleName: required(text()),
  objectType: required(text()),
  objectName: required(text()),
  privilege: required(text()),
});
const grantV2 = bodyShape("GrantV2Req", {
  dbName: text(),
  roleName: required(text()),
  collectionName: text(),
  privilege: required(text()),
});

export const roleRoutes: readonly RestRoute[] = [
  route({
    path: "/roles/list",
    method: "selectRole",
    summary: "Lists the names of the roles",
    body: bodyShape("DatabaseReq", { dbName: text() }),
    run: async (_body, call) => {
      const { results } = await call.invoke("selectRole", {});
      return { data: results.map((result) => result.role?.name ?? "") };
    },
  }),
  route({
    path: "/roles/describe",
    method: "selectGrant",
    summary: "Lists the privileges of a role",
    body: role,
    run: async ({ roleName }, call) => {
      const entity = { role: { name: roleName }, dbName: call.databaseName };
      const { entities } = await call.invoke("selectGrant", { entity });
      return {
        data: entities.map(({ object, objectName, grantor, dbName }) => ({
          objectType: object?.name ?? "",
          objectName,
          privilege: grantor?.privilege?.name ?? "",
          dbName,
          grantor: grantor?.user?.name ?? "",
        })),
      };
    },
  }),
  route({
    path: "/roles/create",
    method: "createRole",
    summary: "Creates a role",
    body: role,
    run: async ({ roleName, description }, call) => {
      await call.invoke("createRole", { entity: { name: roleName, description } });
      return done;
    },
  }),
  route({
    path: "/roles/alter",
    method: "alterRole",
    summary: "Changes a role's description",
    body: role,
    run: async ({ roleName, description }, call) => {
      await call.invoke("alterRole", { roleName, description });
      return done;
    },
  }),
  route({
    path: "/roles/drop",
    method: "dropRole",
    summary: "Drops a role",
    body: role,
    run: async ({ roleName }, call) => {
      await call.invoke("dropRole", { roleName });
      return done;
    },
  }),
  route({
    path: "/roles/grant_privilege",
    method: "operatePrivilege",
    summary: "Gives a role a privilege on an object",
    body: grant,
    run: (body, call) => changeGrant(body, OperatePrivilegeType.Grant, call),
  }),
  route({
    path: "/roles/revoke_privilege",
    method: "operatePrivilege",
    summary: "Takes a privilege on an object from a role",
    body: grant,
    run: (body, call) => changeGrant(body, OperatePrivilegeType.Revoke, call),
  }),
  route({
    path: "/roles/grant_privilege_v2",
    method: "operatePrivilegeV2",
    summary: "Gives a role a privilege, or a group of them, on collections of databases",
    body: grantV2,
    run: (body, call) => changeGrantV2(body, OperatePrivilegeType.Grant, call),
  }),
  route({
    path: "/roles/revoke_privilege_v2",
    method: "operatePrivilegeV2",
    summary: "Takes such a privilege from a role",
    body: grantV2,
    run: (body, call) => changeGrantV2(body, OperatePrivilegeType.Revoke, call),
  }),
];

async function changeGrant(
  { roleName, objectType, objectName, privilege }: BodyOf<typeof grant>,
  type: OperatePrivilegeType,
  call: RestCall,
): Promise<RestAnswer> {
  const entity = {
    role: { name: roleName },
    object: { name: objectType },
    objectName,
    dbName: call.databaseName,
    grantor: { privilege: { name: privilege } },
  };
  await call.invoke("operatePrivilege", { entity, type });
  return done;
}

async function changeGrantV2(
  { dbName, roleName, collectionName, privilege }: BodyOf<typeof grantV2>,
  type: OperatePrivilegeType,
  call: RestCall,
): Promise<RestAnswer> {
  // The names are those of the grant, not of where the call is made.
  await call.invoke("operatePrivilegeV2", {
    role: { name: roleName },
    grantor: { privilege: { name: privilege } },
    type,
    dbName,
    collectionName,
  });
  return done;
}
