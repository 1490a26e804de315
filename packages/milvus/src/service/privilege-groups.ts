import {
  addGroup,
  addPrivileges,
  allGroups,
  removeGroup,
  removePrivileges,
} from "../access/group-changes.ts";
import { refused } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  CreatePrivilegeGroupRequestSchema,
  DropPrivilegeGroupRequestSchema,
  ListPrivilegeGroupsRequestSchema,
  ListPrivilegeGroupsResponseSchema,
  OperatePrivilegeGroupRequestSchema,
  OperatePrivilegeGroupType,
} from "../wire/gen/milvus_pb.ts";
import { type MethodTable, method } from "./method.ts";

/** Groups of privileges, to grant many at once. */
export const privilegeGroupMethods: MethodTable = {
  CreatePrivilegeGroup: method(
    CreatePrivilegeGroupRequestSchema,
    StatusSchema,
    async (request, call) => {
      await call.access.store.change((state) => addGroup(state, request.groupName.trim()));
      return {};
    },
  ),
  DropPrivilegeGroup: method(
    DropPrivilegeGroupRequestSchema,
    StatusSchema,
    async (request, call) => {
      await call.access.store.change((state) => removeGroup(state, request.groupName));
      return {};
    },
  ),
  ListPrivilegeGroups: method(
    ListPrivilegeGroupsRequestSchema,
    ListPrivilegeGroupsResponseSchema,
    async (_request, call) => {
      const { state } = await call.access.store.current();
      const privilegeGroups = allGroups(state).map(({ name, privileges }) => ({
        groupName: name,
        privileges: privileges.map((privilege) => ({ name: privilege })),
      }));
      return { status: {}, privilegeGroups };
    },
  ),
  OperatePrivilegeGroup: method(
    OperatePrivilegeGroupRequestSchema,
    StatusSchema,
    async (request, call) => {
      const { groupName, type } = request;
      const privileges = request.privileges.map(({ name }) => name);
      const change = groupChanges[type];
      if (change === undefined) throw refused("invalid operate privilege group type");
      await call.access.store.change((state) => change(state, groupName, privileges));
      return {};
    },
  ),
};

const groupChanges: Readonly<Partial<Record<OperatePrivilegeGroupType, typeof addPrivileges>>> = {
  [OperatePrivilegeGroupType.AddPrivilegesToGroup]: addPrivileges,
  [OperatePrivilegeGroupType.RemovePrivilegesFromGroup]: removePrivileges,
};
