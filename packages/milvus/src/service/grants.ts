import type { MessageInitShape } from "@bufbuild/protobuf";
import { checkAccessName } from "../access/access-names.ts";
import type { AccessState, Grant } from "../access/access-state.ts";
import {
  addGrant,
  findGrants,
  grantOfFirstStyle,
  grantOfSecondStyle,
  removeGrant,
} from "../access/grant-changes.ts";
import { invalidParameter, refused } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  type GrantEntity,
  type GrantEntitySchema,
  OperatePrivilegeRequestSchema,
  OperatePrivilegeType,
  OperatePrivilegeV2RequestSchema,
  SelectGrantRequestSchema,
  SelectGrantResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { type Call, type MethodTable, method } from "./method.ts";

/** What roles may do, in both of Milvus's styles. */
export const grantMethods: MethodTable = {
  OperatePrivilege: method(OperatePrivilegeRequestSchema, StatusSchema, async (request, call) => {
    const { entity, type, version } = request;
    const given = checkEntity(entity);
    await operate(call, type, (state) => {
      if (version !== "v2") return grantOfFirstStyle(state, given, call.user);
      const { objectName: collection } = given;
      return grantOfSecondStyle(state, { ...given, collection }, call.user);
    });
    return {};
  }),
  OperatePrivilegeV2: method(
    OperatePrivilegeV2RequestSchema,
    StatusSchema,
    async (request, call) => {
      const { role, grantor, type, dbName, collectionName } = request;
      if (role === undefined) throw invalidParameter("the role in the request is nil");
      if (grantor === undefined) throw invalidParameter("the grantor in the request is nil");
      if (grantor.privilege === undefined) {
        throw invalidParameter("the privilege entity in the grantor is nil");
      }
      const given = {
        role: role.name,
        database: dbName,
        collection: collectionName,
        privilege: grantor.privilege.name,
      };
      await operate(call, type, (state) => grantOfSecondStyle(state, given, call.user));
      return {};
    },
  ),
  SelectGrant: method(
    SelectGrantRequestSchema,
    SelectGrantResponseSchema,
    async (request, call) => {
      const { entity } = request;
      if (entity === undefined) throw refused("the grant entity in the request is nil");
      const { role, object, objectName, dbName } = entity;
      if (role === undefined) throw refused("the role entity in the grant entity is nil");
      checkAccessName(role.name, "role name");
      const { state } = await call.access.store.current();
      const grants = findGrants(state, {
        role: role.name,
        objectName,
        database: dbName,
        ...(object === undefined ? {} : { objectType: object.name }),
      });
      return { status: {}, entities: grants.map(grantEntity) };
    },
  ),
};

async function operate(
  { access }: Call,
  type: OperatePrivilegeType,
  grantIn: (state: AccessState) => Grant,
): Promise<void> {
  switch (type) {
    case OperatePrivilegeType.Grant:
      await access.store.change((state) => addGrant(state, grantIn(state)));
      return;
    case OperatePrivilegeType.Revoke:
      await access.store.change((state) => removeGrant(state, grantIn(state)));
      return;
    default:
      throw refused("invalid operate privilege type");
  }
}

/** The parts of a grant of the first style, all of which must be there. */
function checkEntity(entity: GrantEntity | undefined) {
  if (entity === undefined) throw invalidParameter("the entity in the request is nil");
  const { role, object, objectName, grantor, dbName } = entity;
  if (grantor === undefined) {
    throw invalidParameter("the grantor entity in the grant entity is nil");
  }
  if (grantor.privilege === undefined) {
    throw invalidParameter("the privilege entity in the grantor entity is nil");
  }
  if (object === undefined) {
    throw invalidParameter("the resource entity in the grant entity is nil");
  }
  if (role === undefined) throw invalidParameter("the object entity in the grant entity is nil");
  return {
    role: role.name,
    objectType: object.name,
    objectName,
    database: dbName,
    privilege: grantor.privilege.name,
  };
}

/** A grant as clients are shown it. */
export function grantEntity(grant: Grant): MessageInitShape<typeof GrantEntitySchema> {
  return {
    role: { name: grant.role },
    object: { name: grant.objectType },
    objectName: grant.objectName,
    dbName: grant.database,
    grantor: { user: { name: grant.grantor }, privilege: { name: grant.privilege } },
  };
}
