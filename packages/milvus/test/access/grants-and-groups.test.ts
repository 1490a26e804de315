// The rules of grants and privilege groups, each tried one step past it: codes and texts.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  OperatePrivilegeGroupType,
  OperatePrivilegeType,
  type RBACMetaSchema,
} from "../../src/wire/gen/milvus_pb.ts";
import { AccessHarness, secondStyle } from "./access-harness.ts";
import { cheapHash } from "./cheap-hash.ts";

let harness: AccessHarness;

beforeEach(async () => {
  harness = await AccessHarness.open("ana");
});

afterEach(() => harness.close());

const emptying = OperatePrivilegeGroupType.RemovePrivilegesFromGroup;
const noRole = {
  code: 65535,
  reason: "not found the role, maybe the role isn't existed or internal system error",
};
const invalid = (message: string) => ({ code: 1100, reason: `${message}: invalid parameter` });

/** A grant of the first style. */
function firstStyle(privilege: string, more: { object?: string; name?: string } = {}) {
  const { object = "Collection", name = "films" } = more;
  return {
    entity: {
      role: { name: "ana" },
      object: { name: object },
      objectName: name,
      grantor: { privilege: { name: privilege } },
    },
  };
}

async function grantsOf(role: string, dbName = "*") {
  const { entities } = await harness.ok("selectGrant", {
    entity: { role: { name: role }, dbName },
  });
  return entities.map(
    (grant) =>
      `${grant.grantor?.privilege?.name} on ${grant.object?.name} ${grant.dbName}.${grant.objectName}`,
  );
}

describe("OperatePrivilege of the first style", () => {
  it("grants and revokes, and does nothing the second time", async () => {
    for (const type of [OperatePrivilegeType.Grant, OperatePrivilegeType.Grant]) {
      await harness.ok("operatePrivilege", { ...firstStyle("Insert"), type });
    }
    expect(await grantsOf("ana")).toEqual(["Insert on Collection default.films"]);
    for (const type of [OperatePrivilegeType.Revoke, OperatePrivilegeType.Revoke]) {
      await harness.ok("operatePrivilege", { ...firstStyle("Insert"), type });
    }
    expect(await grantsOf("ana")).toEqual([]);
  });

  it("grants what is about no object on all of them", async () => {
    const request = firstStyle("CreateCollection", { object: "Global", name: "films" });
    await harness.ok("operatePrivilege", request);
    expect(await grantsOf("ana")).toEqual(["CreateCollection on Global default.*"]);
  });

  it.each([
    ["Insert", { object: "Global" }, "not found the privilege name[Insert] in object[Global]"],
    ["Fly", {}, "not found the privilege name[Fly] in object[Collection]"],
    ["Query", { object: "Bird" }, "the object entity in the request is nil or invalid"],
    ["CollectionAdmin", {}, "can not operate the built-in privilege group [CollectionAdmin]"],
  ])("refuses %s %j", async (privilege, more, reason) => {
    expect(await harness.fails("operatePrivilege", firstStyle(privilege, more))).toEqual({
      code: 65535,
      reason,
    });
  });

  it("refuses groups that somebody has defined", async () => {
    await harness.ok("createPrivilegeGroup", { groupName: "readers" });
    expect(await harness.fails("operatePrivilege", firstStyle("readers"))).toEqual({
      code: 65535,
      reason: "can not operate the custom privilege group [readers]",
    });
  });

  it("refuses a request with parts missing", async () => {
    const { entity } = firstStyle("Insert");
    const { role, object, grantor } = entity;
    for (const [given, message] of [
      [undefined, "the entity in the request is nil"],
      [{ role, object }, "the grantor entity in the grant entity is nil"],
      [{ role, object, grantor: {} }, "the privilege entity in the grantor entity is nil"],
      [{ role, grantor }, "the resource entity in the grant entity is nil"],
      [{ object, grantor }, "the object entity in the grant entity is nil"],
    ] as const) {
      const request = given === undefined ? {} : { entity: given };
      expect(await harness.fails("operatePrivilege", request)).toEqual(invalid(message));
    }
    const unknown = { entity, type: 9 as OperatePrivilegeType };
    expect(await harness.fails("operatePrivilege", unknown)).toMatchObject({ code: 65535 });
  });

  it("takes the names of the first style's groups with and without Group", async () => {
    await harness.ok("operatePrivilege", firstStyle("GroupReadOnly"));
    await harness.ok("operatePrivilege", firstStyle("ReadOnly"));
    expect(await grantsOf("ana")).toEqual(["ReadOnly on Collection default.films"]);
  });
});

describe("OperatePrivilegeV2", () => {
  it("grants privileges and groups", async () => {
    await harness.grant("ana", "Insert", { collection: "films" });
    await harness.grant("ana", "CollectionReadOnly", { database: "movies" });
    expect(await grantsOf("ana")).toEqual([
      "Insert on Collection default.films",
      "CollectionReadOnly on Global movies.*",
    ]);
    expect(await grantsOf("ana", "movies")).toHaveLength(1);
    await harness.ok("operatePrivilegeV2", {
      ...secondStyle("ana", "Insert", { collection: "films" }),
      type: OperatePrivilegeType.Revoke,
    });
    expect(await grantsOf("ana", "default")).toEqual([]);
  });

  it.each([
    [
      "ClusterAdmin",
      { database: "default" },
      "dbName and collectionName should be * for the cluster level privilege: ClusterAdmin",
    ],
    [
      "DatabaseAdmin",
      { collection: "films" },
      "collectionName should be * for the database level privilege: DatabaseAdmin",
    ],
    [
      "CollectionAdmin",
      { database: "*", collection: "films" },
      "please specify database name for the collection level privilege: CollectionAdmin",
    ],
  ])("refuses %s on %j", async (privilege, where, message) => {
    const request = secondStyle("ana", privilege, where);
    expect(await harness.fails("operatePrivilegeV2", request)).toEqual(invalid(message));
  });

  it("takes * for all privileges on a collection, and for all in a database", async () => {
    await harness.grant("ana", "*", { collection: "films" });
    expect(await harness.may("ana", "insert", { collectionName: "films" })).toBe(true);
    expect(await harness.may("ana", "insert", { collectionName: "books" })).toBe(false);
    expect(await harness.may("ana", "createCollection", {})).toBe(false);
    await harness.grant("ana", "*");
    expect(await harness.may("ana", "insert", { collectionName: "books" })).toBe(true);
    expect(await harness.may("ana", "createCollection", {})).toBe(true);
    expect(await harness.may("ana", "createCollection", {}, "movies")).toBe(false);
  });

  it("refuses what is no privilege, and roles that are not there", async () => {
    expect(await harness.fails("operatePrivilegeV2", secondStyle("ana", "Fly"))).toEqual({
      code: 65535,
      reason: "not found the privilege name[Fly]",
    });
    expect(await harness.fails("operatePrivilegeV2", secondStyle("none", "Insert"))).toEqual(
      noRole,
    );
    const wrong = secondStyle("ana", "Insert", { collection: "a-b" });
    expect(await harness.fails("operatePrivilegeV2", wrong)).toMatchObject({ code: 1100 });
  });
});

describe("SelectGrant", () => {
  it("refuses a role that is not there, and no role", async () => {
    const entity = { role: { name: "none" } };
    expect(await harness.fails("selectGrant", { entity })).toEqual(noRole);
    expect(await harness.fails("selectGrant", {})).toMatchObject({ code: 65535 });
  });

  it("shows the grants on one object", async () => {
    await harness.grant("ana", "Insert", { collection: "films" });
    await harness.grant("ana", "Insert", { collection: "books" });
    const { entities } = await harness.ok("selectGrant", {
      entity: { role: { name: "ana" }, object: { name: "Collection" }, objectName: "books" },
    });
    expect(entities).toMatchObject([
      { objectName: "books", grantor: { user: { name: "root" }, privilege: { name: "Insert" } } },
    ]);
  });

  it("shows what everybody is granted", async () => {
    expect(await grantsOf("public")).toEqual([
      "DescribeCollection on Global *.*",
      "ListAliases on Global *.*",
      "IndexDetail on Collection *.*",
    ]);
  });
});

describe("Privilege groups", () => {
  const add = (groupName: string, ...names: string[]) => ({
    groupName,
    privileges: names.map((name) => ({ name })),
  });

  it("are made, filled, listed beside those of the system, emptied and dropped", async () => {
    await harness.ok("createPrivilegeGroup", { groupName: "writers" });
    await harness.ok("operatePrivilegeGroup", add("writers", "Insert", "Delete"));
    await harness.ok("operatePrivilegeGroup", { ...add("writers", "Delete"), type: emptying });
    const { privilegeGroups } = await harness.ok("listPrivilegeGroups", {});
    expect(privilegeGroups).toHaveLength(10);
    expect(privilegeGroups.at(-1)).toMatchObject({
      groupName: "writers",
      privileges: [{ name: "Insert" }],
    });
    await harness.grant("ana", "writers", { collection: "films" });
    expect(await harness.may("ana", "insert", { collectionName: "films" })).toBe(true);
    expect(await harness.fails("dropPrivilegeGroup", { groupName: "writers" })).toEqual(
      invalid("privilege group [writers] is used by role [ana], Use REVOKE API to revoke it first"),
    );
    const grant = secondStyle("ana", "writers", { collection: "films" });
    await harness.ok("operatePrivilegeV2", { ...grant, type: OperatePrivilegeType.Revoke });
    await harness.ok("dropPrivilegeGroup", { groupName: "writers" });
    await harness.ok("dropPrivilegeGroup", { groupName: "writers" });
  });

  it.each([
    ["", 1402, "privilege group name should not be empty: invalid privilege group name"],
    [
      "1st",
      1402,
      "the first character of a privilege group name 1st must be an underscore or letter: invalid privilege group name",
    ],
    [
      "test-role",
      1100,
      "privilege group name test-role can only contain numbers, letters and underscores: invalid parameter",
    ],
    [
      "Insert",
      1100,
      "privilege group name [Insert] is defined by built in privileges or privilege groups in system: invalid parameter",
    ],
  ])("are not called %j", async (groupName, code, reason) => {
    expect(await harness.fails("createPrivilegeGroup", { groupName })).toEqual({ code, reason });
  });

  it("are not made twice, nor filled with what is not of one kind", async () => {
    await harness.ok("createPrivilegeGroup", { groupName: "writers" });
    expect(await harness.fails("createPrivilegeGroup", { groupName: "writers" })).toEqual(
      invalid("privilege group name [writers] is defined by users"),
    );
    expect(await harness.fails("operatePrivilegeGroup", add("none", "Insert"))).toEqual(
      invalid("there is no privilege group name [none] defined in system to operate"),
    );
    expect(await harness.fails("operatePrivilegeGroup", add("writers"))).toEqual(
      invalid("privileges is empty when alter the privilege group"),
    );
    expect(await harness.fails("operatePrivilegeGroup", add("writers", "Fly"))).toEqual(
      invalid(
        "there is no privilege name or privilege group name [Fly] defined in system to operate",
      ),
    );
    const mixed = add("writers", "Insert", "CreateDatabase");
    expect(await harness.fails("operatePrivilegeGroup", mixed)).toEqual(
      invalid("privileges are not the same privilege level"),
    );
  });
});

describe("BackupRBAC and RestoreRBAC", () => {
  it("move all users, roles, grants and groups to another database", async () => {
    await harness.ok("createPrivilegeGroup", { groupName: "writers" });
    await harness.ok("operatePrivilegeGroup", {
      groupName: "writers",
      privileges: [{ name: "Insert" }],
    });
    await harness.grant("ana", "writers", { collection: "films" });
    const { RBACMeta } = await harness.ok("backupRBAC", {});
    if (RBACMeta === undefined) throw new Error("A backup without contents");

    const other = await AccessHarness.open();
    try {
      await other.ok("restoreRBAC", { RBACMeta });
      expect(await other.may("ana", "insert", { collectionName: "films" })).toBe(true);
      expect(await other.may("ana", "insert", { collectionName: "books" })).toBe(false);
      expect(await other.fails("restoreRBAC", { RBACMeta })).toEqual(
        invalid("role [ana] already exists"),
      );
    } finally {
      await other.close();
    }
  });

  it("restore no grant on what can be no name", async () => {
    const roles = [{ name: "bob" }];
    const grant = {
      role: roles[0],
      object: { name: "Collection" },
      objectName: "films",
      dbName: "default",
      grantor: { privilege: { name: "Query" } },
    };
    for (const wrong of [{ objectName: "a-b" }, { dbName: "a".repeat(256) }]) {
      const RBACMeta = { roles, grants: [{ ...grant, ...wrong }] };
      expect(await harness.fails("restoreRBAC", { RBACMeta })).toMatchObject({ code: 1100 });
    }
  });

  it("restore all or nothing", async () => {
    const roles = [{ name: "bob" }];
    const wrong: [MessageInitShape<typeof RBACMetaSchema>, string][] = [
      [{}, "the RBAC meta is empty"],
      [{ users: [{ user: "ana", password: cheapHash("x") }] }, "user [ana] already exists"],
      [
        { users: [{ user: "bob", password: cheapHash("x"), roles: [{ name: "none" }] }] },
        "role [none] does not exist",
      ],
      [
        { roles, users: [{ user: "bob", password: "$2a$10$x" }] },
        "the password of user [bob] is hashed in another way than Redkite's. Create the user instead",
      ],
      [
        { roles, grants: [{ role: roles[0], grantor: { privilege: { name: "Fly" } } }] },
        "privilege [Fly] does not exist",
      ],
      [
        { users: [{ user: "a:b", password: cheapHash("x") }] },
        "invalid user name a:b, username must contain only numbers, letters and underscores, but got :",
      ],
    ];
    for (const [RBACMeta, message] of wrong) {
      expect(await harness.fails("restoreRBAC", { RBACMeta })).toEqual(invalid(message));
    }
    expect((await harness.ok("selectRole", { role: { name: "bob" } })).results).toEqual([]);
  });
});
