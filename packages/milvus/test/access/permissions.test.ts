import { describe, expect, it } from "vitest";
import { type AccessState, type Grant, initialAccess } from "../../src/access/access-state.ts";
import { type Deed, Permissions } from "../../src/access/permissions.ts";

const search: Deed = {
  objectType: "Collection",
  privilege: "Search",
  objectName: "films",
  database: "default",
};
const createCollection: Deed = {
  objectType: "Global",
  privilege: "CreateCollection",
  objectName: "*",
  database: "default",
};

/** Ana has one role, with one grant. */
function withGrant(grant: Partial<Grant>, groups: AccessState["groups"] = []): Permissions {
  return new Permissions({
    ...initialAccess,
    users: [...initialAccess.users, { name: "ana", roles: ["reader"], description: "" }],
    roles: [...initialAccess.roles, { name: "reader", description: "" }],
    grants: [
      ...initialAccess.grants,
      {
        role: "reader",
        objectType: "Collection",
        objectName: "*",
        database: "default",
        privilege: "Search",
        grantor: "root",
        ...grant,
      },
    ],
    groups,
  });
}

describe("Permissions.allows()", () => {
  it("allows root and admins everything", () => {
    const state: AccessState = {
      ...initialAccess,
      users: [...initialAccess.users, { name: "boss", roles: ["admin"], description: "" }],
    };
    for (const user of ["root", "boss"]) {
      expect(new Permissions(state).allows(user, { ...search, database: "any" })).toBe(true);
    }
  });

  it("allows everybody what the public role has, and no more", () => {
    const permissions = new Permissions(initialAccess);
    const describeFilms = {
      ...createCollection,
      privilege: "DescribeCollection",
      database: "movies",
    };
    expect(permissions.allows("nobody", describeFilms)).toBe(true);
    expect(permissions.allows("nobody", { ...search, privilege: "IndexDetail" })).toBe(true);
    expect(permissions.allows("nobody", search)).toBe(false);
  });

  it("keeps a grant to its collection, its database and its privilege", () => {
    const permissions = withGrant({ objectName: "films" });
    expect(permissions.allows("ana", search)).toBe(true);
    expect(permissions.allows("ana", { ...search, objectName: "books" })).toBe(false);
    expect(permissions.allows("ana", { ...search, objectName: "*" })).toBe(false);
    expect(permissions.allows("ana", { ...search, database: "movies" })).toBe(false);
    expect(permissions.allows("ana", { ...search, privilege: "Query" })).toBe(false);
    expect(permissions.allows("bob", search)).toBe(false);
  });

  it("takes * for every collection, every database and every privilege of a type", () => {
    expect(withGrant({}).allows("ana", search)).toBe(true);
    const everywhere = withGrant({ database: "*", objectName: "films" });
    expect(everywhere.allows("ana", { ...search, database: "movies" })).toBe(true);
    const all = withGrant({ privilege: "*" });
    expect(all.allows("ana", { ...search, privilege: "Delete" })).toBe(true);
    expect(all.allows("ana", createCollection)).toBe(false);
  });

  it("has All for all that a database holds, and not beyond it", () => {
    const permissions = withGrant({ objectType: "Global", privilege: "All" });
    expect(permissions.allows("ana", search)).toBe(true);
    expect(permissions.allows("ana", createCollection)).toBe(true);
    expect(permissions.allows("ana", { ...createCollection, database: "movies" })).toBe(false);
  });

  it("looks into the groups of the first style, on a collection and on what is about none", () => {
    const permissions = withGrant({ privilege: "ReadOnly", objectName: "films" });
    expect(permissions.allows("ana", search)).toBe(true);
    expect(permissions.allows("ana", { ...search, objectName: "books" })).toBe(false);
    expect(permissions.allows("ana", { ...search, privilege: "Insert" })).toBe(false);
    const show = { ...createCollection, privilege: "ShowCollections" };
    expect(permissions.allows("ana", show)).toBe(true);
    expect(permissions.allows("ana", createCollection)).toBe(false);
  });

  it("looks into the groups of the second style", () => {
    const reader = withGrant({ privilege: "CollectionReadOnly", objectName: "films" });
    expect(reader.allows("ana", search)).toBe(true);
    expect(reader.allows("ana", { ...search, objectName: "books" })).toBe(false);
    expect(reader.allows("ana", { ...search, privilege: "Insert" })).toBe(false);
    const owner = withGrant({ objectType: "Global", privilege: "DatabaseAdmin" });
    expect(owner.allows("ana", createCollection)).toBe(true);
    expect(owner.allows("ana", search)).toBe(false);
  });

  it("grants what names no collection in its request though the grant names one", () => {
    const permissions = withGrant({
      objectType: "Global",
      privilege: "CreateAlias",
      objectName: "films",
    });
    expect(permissions.allows("ana", { ...createCollection, privilege: "CreateAlias" })).toBe(true);
  });

  it("looks into groups that somebody has defined, and into those in them", () => {
    const permissions = withGrant({ privilege: "writers", objectName: "films" }, [
      { name: "writers", privileges: ["Insert", "searchers", "writers"] },
      { name: "searchers", privileges: ["Search"] },
    ]);
    expect(permissions.allows("ana", search)).toBe(true);
    expect(permissions.allows("ana", { ...search, privilege: "Insert" })).toBe(true);
    expect(permissions.allows("ana", { ...search, privilege: "Delete" })).toBe(false);
  });
});

describe("Permissions.seesCollection()", () => {
  it("shows what a role of the user's own is granted, whatever that is", () => {
    const permissions = withGrant({ objectName: "films" });
    expect(permissions.seesCollection("ana", "default", "films")).toBe(true);
    expect(permissions.seesCollection("ana", "default", "books")).toBe(false);
    expect(permissions.seesCollection("ana", "movies", "films")).toBe(false);
    expect(permissions.seesCollection("bob", "default", "films")).toBe(false);
    expect(permissions.seesCollection("root", "default", "books")).toBe(true);
  });
});

describe("Permissions.seesDatabase()", () => {
  it("shows the databases of the user's grants; what is public shows none", () => {
    const permissions = withGrant({ database: "movies" });
    expect(permissions.seesDatabase("ana", "movies")).toBe(true);
    expect(permissions.seesDatabase("ana", "default")).toBe(false);
    expect(withGrant({ database: "*" }).seesDatabase("ana", "default")).toBe(true);
  });
});
