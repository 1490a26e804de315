import { OperatePrivilegeGroupType } from "../wire/gen/milvus_pb.ts";
import { type BodyOf, bodyShape, required, text, texts } from "./body-shape.ts";
import type { RestCall } from "./rest-call.ts";
import { done, type RestAnswer, type RestRoute, route } from "./rest-route.ts";

const group = bodyShape("PrivilegeGroupReq", {
  privilegeGroupName: required(text()),
  privileges: texts(),
});

export const privilegeGroupRoutes: readonly RestRoute[] = [
  route({
    path: "/privilege_groups/create",
    method: "createPrivilegeGroup",
    summary: "Creates an empty privilege group",
    body: group,
    run: async ({ privilegeGroupName }, call) => {
      await call.invoke("createPrivilegeGroup", { groupName: privilegeGroupName });
      return done;
    },
  }),
  route({
    path: "/privilege_groups/drop",
    method: "dropPrivilegeGroup",
    summary: "Drops a privilege group",
    body: group,
    run: async ({ privilegeGroupName }, call) => {
      await call.invoke("dropPrivilegeGroup", { groupName: privilegeGroupName });
      return done;
    },
  }),
  route({
    path: "/privilege_groups/list",
    method: "listPrivilegeGroups",
    summary: "Lists the privilege groups and their privileges",
    body: bodyShape("DatabaseReq", { dbName: text() }),
    run: async (_body, call) => {
      const { privilegeGroups } = await call.invoke("listPrivilegeGroups", {});
      return {
        data: {
          privilegeGroups: privilegeGroups.map(({ groupName, privileges }) => ({
            privilegeGroupName: groupName,
            privileges: privileges.map(({ name }) => name).join(","),
          })),
        },
      };
    },
  }),
  route({
    path: "/privilege_groups/add_privileges_to_group",
    method: "operatePrivilegeGroup",
    summary: "Adds privileges to a group",
    body: group,
    run: (body, call) => change(body, OperatePrivilegeGroupType.AddPrivilegesToGroup, call),
  }),
  route({
    path: "/privilege_groups/remove_privileges_from_group",
    method: "operatePrivilegeGroup",
    summary: "Removes privileges from a group",
    body: group,
    run: (body, call) => change(body, OperatePrivilegeGroupType.RemovePrivilegesFromGroup, call),
  }),
];

async function change(
  { privilegeGroupName, privileges }: BodyOf<typeof group>,
  type: OperatePrivilegeGroupType,
  call: RestCall,
): Promise<RestAnswer> {
  await call.invoke("operatePrivilegeGroup", {
    groupName: privilegeGroupName,
    privileges: privileges.map((name) => ({ name })),
    type,
  });
  return done;
}
