// The rules of users and roles, each tried one step past it: codes and texts.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OperateUserRoleType } from "../../src/wire/gen/milvus_pb.ts";
import { AccessHarness } from "./access-harness.ts";

let harness: AccessHarness;

beforeEach(async () => {
  harness = await AccessHarness.open("ana");
});

afterEach(() => harness.close());

const removal = OperateUserRoleType.RemoveUserFromRole;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const noRole = {
  code: 65535,
  reason: "not found the role, maybe the role isn't existed or internal system error",
};
const invalid = (message: string) => ({ code: 1100, reason: `${message}: invalid parameter` });

describe("CreateCredential", () => {
  it.each([
    ["", "username must be not empty"],
    [" ", "username must be not empty"],
    [
      "a\u212aelvin",
      "invalid user name a\u212aelvin, username must contain only numbers, letters and underscores, but got \u212a",
    ],
    ["0", "invalid user name 0, the first character must be a letter, but got 0"],
    [
      "n@me",
      "invalid user name n@me, username must contain only numbers, letters and underscores, but got @",
    ],
    [
      "h h",
      "invalid user name h h, username must contain only numbers, letters and underscores, but got  ",
    ],
    [
      "a".repeat(33),
      `invalid username ${"a".repeat(33)} with length 33, the length of username must be less than 32`,
    ],
  ])("refuses the name %j", async (username, message) => {
    const request = { username, password: base64("secret") };
    expect(await harness.fails("createCredential", request)).toEqual(invalid(message));
  });

  it.each([
    [5, "invalid password length: invalid parameter[5 out of range 6 <= value <= 72]"],
    [73, "invalid password length: invalid parameter[73 out of range 6 <= value <= 72]"],
  ])("refuses a password of %d bytes", async (length, reason) => {
    const request = { username: "bob", password: base64("x".repeat(length)) };
    expect(await harness.fails("createCredential", request)).toEqual({ code: 1100, reason });
  });

  it("refuses a password that is not in base64", async () => {
    const request = { username: "bob", password: "secret!" };
    expect(await harness.fails("createCredential", request)).toMatchObject({ code: 65535 });
  });

  it("refuses a name that is taken", async () => {
    const request = { username: "root", password: base64("secret") };
    expect(await harness.fails("createCredential", request)).toEqual({
      code: 65535,
      reason: "user already exists: root",
    });
  });

  it("refuses the user after the hundredth", async () => {
    await harness.access.store.change((state) => ({
      ...state,
      users: [
        ...state.users,
        ...Array.from({ length: 98 }, (_, i) => ({ name: `u${i}`, roles: [], description: "" })),
      ],
    }));
    const request = { username: "bob", password: base64("secret") };
    expect(await harness.fails("createCredential", request)).toEqual({
      code: 9,
      reason:
        "quota exceeded[reason=unable to add user because the number of users has reached the limit]",
    });
  });
});

describe("UpdateCredential", () => {
  it("refuses a wrong old password, and an unknown user in the same words", async () => {
    for (const username of ["ana", "nobody"]) {
      const request = {
        username,
        oldPassword: base64("guess"),
        newPassword: base64("changed"),
      };
      expect(await harness.fails("updateCredential", request)).toEqual({
        code: 1400,
        reason: `old password not correct for ${username}: not authenticated`,
      });
    }
  });

  it("refuses a new password that is too short before it looks at the old one", async () => {
    const request = { username: "ana", oldPassword: base64("x"), newPassword: base64("short") };
    expect(await harness.fails("updateCredential", request)).toMatchObject({ code: 1100 });
  });

  it("takes an old password once, though two changes bring it at the same time", async () => {
    const oldPassword = base64("secret");
    const change = (password: string) =>
      harness.call("root", "updateCredential", {
        username: "ana",
        oldPassword,
        newPassword: base64(password),
      });
    const answers = await Promise.all([change("changed1"), change("changed2")]);
    expect(answers.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 1400]);
  });

  it("changes a description alone", async () => {
    await harness.ok("updateCredential", { username: "ana", description: "reads films" });
    const { results } = await harness.ok("selectUser", { user: { name: "ana" } });
    expect(results).toMatchObject([{ user: { name: "ana" }, description: "reads films" }]);
  });
});

describe("DeleteCredential", () => {
  it("refuses root, and does nothing for a user who is not there", async () => {
    expect(await harness.fails("deleteCredential", { username: "root" })).toEqual({
      code: 1401,
      reason: "root user cannot be deleted: privilege not permitted",
    });
    await harness.ok("deleteCredential", { username: "nobody" });
  });

  it("takes the user from the roles", async () => {
    await harness.ok("deleteCredential", { username: "ana" });
    const { results } = await harness.ok("selectRole", {
      role: { name: "ana" },
      includeUserInfo: true,
    });
    expect(results).toMatchObject([{ users: [] }]);
    expect((await harness.ok("listCredUsers", {})).usernames).toEqual(["root"]);
  });
});

describe("CreateRole", () => {
  it.each([
    ["", "role name should be not empty: invalid parameter[expected=not empty][actual=]"],
    [
      "1st",
      "the first character of role name must be an underscore or letter: invalid parameter[expected=_][actual=1]",
    ],
    [
      "a-b",
      "role name can only contain numbers, letters, dollars and underscores, found - at 1: invalid parameter",
    ],
    [
      "r".repeat(256),
      "the length of role name must be not greater than limit: invalid parameter[256 out of range 0 <= value <= 255]",
    ],
  ])("refuses the name %j", async (name, reason) => {
    expect(await harness.fails("createRole", { entity: { name } })).toEqual({ code: 1100, reason });
  });

  it("refuses a name that is taken", async () => {
    expect(await harness.fails("createRole", { entity: { name: "ana" } })).toEqual({
      code: 65535,
      reason: 'role [name:"ana"] already exists',
    });
  });

  it("refuses the role after the tenth", async () => {
    // There are admin, public and ana.
    for (let i = 0; i < 7; i++) await harness.ok("createRole", { entity: { name: `r${i}` } });
    expect(await harness.fails("createRole", { entity: { name: "r7" } })).toEqual({
      code: 9,
      reason:
        "quota exceeded[reason=unable to create role because the number of roles has reached the limit]",
    });
  });
});

describe("AlterRole", () => {
  it("changes the description, but not of what is built in", async () => {
    await harness.ok("alterRole", { roleName: "ana", description: "reads films" });
    const { results } = await harness.ok("selectRole", { role: { name: "ana" } });
    expect(results).toMatchObject([{ role: { name: "ana", description: "reads films" } }]);
    const builtIn = await harness.fails("alterRole", { roleName: "public", description: "x" });
    expect(builtIn).toEqual({
      code: 1401,
      reason: "the role[public] is a builtin role, which can't be altered: privilege not permitted",
    });
    expect(await harness.fails("alterRole", { roleName: "none", description: "x" })).toEqual(
      noRole,
    );
    const long = { roleName: "ana", description: "d".repeat(256) };
    expect(await harness.fails("alterRole", long)).toMatchObject({ code: 1100 });
  });
});

describe("DropRole", () => {
  it.each(["admin", "public"])("refuses the role %s", async (roleName) => {
    expect(await harness.fails("dropRole", { roleName })).toEqual({
      code: 1401,
      reason: `the role[${roleName}] is a default role, which can't be dropped: privilege not permitted`,
    });
  });

  it("refuses a role that is not there, and one with privileges unless it is forced", async () => {
    expect(await harness.fails("dropRole", { roleName: "none" })).toEqual(noRole);
    await harness.grant("ana", "Query", { collection: "films" });
    expect(await harness.fails("dropRole", { roleName: "ana" })).toEqual({
      code: 65535,
      reason: "fail to drop the role that it has privileges. Use REVOKE API to revoke privileges",
    });
    await harness.ok("dropRole", { roleName: "ana", forceDrop: true });
    const { results } = await harness.ok("selectUser", {
      user: { name: "ana" },
      includeRoleInfo: true,
    });
    expect(results).toMatchObject([{ roles: [] }]);
  });
});

describe("OperateUserRole", () => {
  it("refuses a role or user that is not there", async () => {
    const toNone = { username: "ana", roleName: "none" };
    expect(await harness.fails("operateUserRole", toNone)).toEqual(noRole);
    expect(await harness.fails("operateUserRole", { ...toNone, type: removal })).toEqual(noRole);
    const ofNobody = { username: "nobody", roleName: "ana" };
    expect(await harness.fails("operateUserRole", ofNobody)).toEqual({
      code: 65535,
      reason: "not found the user, maybe the user isn't existed or internal system error",
    });
    expect(await harness.fails("operateUserRole", { username: "", roleName: "ana" })).toEqual(
      invalid("username in the user entity is empty"),
    );
    expect(
      await harness.fails("operateUserRole", { ...ofNobody, type: 7 as OperateUserRoleType }),
    ).toMatchObject({
      code: 65535,
    });
  });

  it("takes away a role from who does not have it, and from who is not there", async () => {
    for (const username of ["root", "nobody"]) {
      await harness.ok("operateUserRole", { username, roleName: "ana", type: removal });
    }
  });
});

describe("SelectUser and SelectRole", () => {
  it("answer nothing for who is not there, and all when none is named", async () => {
    expect((await harness.ok("selectUser", { user: { name: "x" } })).results).toEqual([]);
    expect((await harness.ok("selectRole", { role: { name: "x" } })).results).toEqual([]);
    const { results } = await harness.ok("selectUser", { includeRoleInfo: true });
    expect(results).toMatchObject([
      { user: { name: "root" }, roles: [{ name: "admin" }] },
      { user: { name: "ana" }, roles: [{ name: "ana" }] },
    ]);
    const roles = (await harness.ok("selectRole", { includeUserInfo: true })).results;
    expect(roles.map(({ role }) => role?.name)).toEqual(["admin", "public", "ana"]);
    expect(roles[0].users).toMatchObject([{ name: "root" }]);
  });
});
