import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessControl } from "../../src/access/access-control.ts";
import { legacyRoutes } from "../../src/rest/legacy-routes.ts";
import type { RestRoute } from "../../src/rest/rest-route.ts";
import { restRoutes } from "../../src/rest/routes.ts";
import { MilvusService } from "../../src/service/router.ts";
import { RestHarness } from "./rest-harness.ts";

describe("users, roles and privileges", () => {
  let api: RestHarness;

  beforeAll(async () => {
    api = await RestHarness.open();
  });
  afterAll(() => api.close());

  it("are made, granted, told of, revoked and dropped", async () => {
    await api.ok("/users/create", { userName: "ann", password: "secret1" });
    expect(await api.ok("/users/list", {})).toEqual(expect.arrayContaining(["root", "ann"]));
    await api.ok("/users/update_password", {
      userName: "ann",
      password: "secret1",
      newPassword: "secret2",
    });
    await api.ok("/roles/create", { roleName: "reader" });
    expect(await api.ok("/roles/list", {})).toEqual(
      expect.arrayContaining(["admin", "public", "reader"]),
    );
    await api.ok("/users/grant_role", { userName: "ann", roleName: "reader" });
    expect(await api.ok("/users/describe", { userName: "ann" })).toEqual(["reader"]);

    const grant = {
      roleName: "reader",
      objectType: "Collection",
      objectName: "films",
      privilege: "Search",
    };
    await api.ok("/roles/grant_privilege", grant);
    const query = {
      roleName: "reader",
      privilege: "Query",
      dbName: "default",
      collectionName: "films",
    };
    await api.ok("/roles/grant_privilege_v2", query);
    expect(await api.ok("/roles/describe", { roleName: "reader" })).toEqual(
      expect.arrayContaining([
        {
          objectType: "Collection",
          objectName: "films",
          privilege: "Search",
          dbName: "default",
          grantor: "root",
        },
      ]),
    );
    await api.ok("/roles/revoke_privilege", grant);
    await api.ok("/roles/revoke_privilege_v2", query);
    expect(await api.ok("/roles/describe", { roleName: "reader" })).toEqual([]);

    await api.ok("/users/revoke_role", { userName: "ann", roleName: "reader" });
    await api.ok("/roles/drop", { roleName: "reader" });
    await api.ok("/users/drop", { userName: "ann" });
    expect(await api.ok("/users/list", {})).toEqual(["root"]);
  });

  it("are grouped", async () => {
    const privilegeGroupName = "looks";
    await api.ok("/privilege_groups/create", { privilegeGroupName });
    const privileges = ["Search", "Query"];
    await api.ok("/privilege_groups/add_privileges_to_group", { privilegeGroupName, privileges });
    const found = (await api.ok("/privilege_groups/list", {})) as {
      privilegeGroups: { privilegeGroupName: string; privileges: string }[];
    };
    const group = found.privilegeGroups.find((item) => item.privilegeGroupName === "looks");
    expect(group?.privileges.split(",").sort()).toEqual(["Query", "Search"]);
    await api.ok("/privilege_groups/remove_privileges_from_group", {
      privilegeGroupName,
      privileges: ["Query"],
    });
    await api.ok("/privilege_groups/drop", { privilegeGroupName });
  });

  it("answer Milvus's codes for what can't be done", async () => {
    expect(await api.fails("/users/create", { userName: "ann", password: "x" })).toMatchObject({
      code: 1100,
    });
    expect(await api.fails("/users/create", { userName: "ann" })).toMatchObject({ code: 1802 });
    expect(await api.fails("/roles/describe", {})).toMatchObject({ code: 1802 });
  });
});

describe("signing in", () => {
  let api: RestHarness;
  let secured: RestHarness;

  beforeAll(async () => {
    api = await RestHarness.open();
    await api.ok("/collections/create", { collectionName: "films", dimension: 2 });
    await api.ok("/users/create", { userName: "ann", password: "secret1" });
    const { database } = api.service;
    const access = new AccessControl({ database, isRequired: true, nowMs: () => 0 });
    const handler = new MilvusService({ database, version: "0.1.0", access });
    secured = await RestHarness.open({ handler });
  });
  afterAll(async () => {
    await secured.close();
    await api.close();
  });

  const as = (authorization: string) => ({ headers: { authorization } });
  const nobody = { status: 401, code: 1800, message: "user hasn't authenticated" };

  it("is asked for before anything else is said", async () => {
    expect(await secured.post("/collections/list", {})).toEqual(nobody);
    expect(await secured.post("/collections/list", "no JSON")).toEqual(nobody);
    expect(await secured.post("/nothing/there", {})).toEqual(nobody);
    expect(await secured.post("/collections/list", {}, as("Bearer ann:wrong"))).toEqual(nobody);
    expect(await secured.post("/collections/list", {}, as("Bearer x"))).toEqual(nobody);
  });

  it("takes a bearer's user:password and Basic", async () => {
    const basic = Buffer.from("ann:secret1").toString("base64");
    for (const header of ["Bearer ann:secret1", `Basic ${basic}`]) {
      expect(await secured.post("/collections/list", {}, as(header))).toMatchObject({
        status: 200,
        code: 0,
      });
    }
  });

  it("takes user:password in X-Milvus-Token too, which counts where Authorization is another one's", async () => {
    const send = (headers: Record<string, string>) =>
      secured.post("/collections/list", {}, { headers });
    const token = { "X-Milvus-Token": "ann:secret1" };
    const okay = { status: 200, code: 0 };
    expect(await send(token)).toMatchObject(okay);
    expect(await send({ ...token, Authorization: 'Snowflake Token="abc"' })).toMatchObject(okay);
    expect(
      await send({ ...token, Origin: "https://example.snowflakecomputing.app" }),
    ).toMatchObject(okay);
    const wrong = { "X-Milvus-Token": "ann:wrong", Authorization: "Bearer ann:secret1" };
    expect(await send(wrong)).toEqual(nobody);
    expect(await send({ "X-Milvus-Token": "" })).toEqual(nobody);
  });

  it("does not allow what was not granted, with 403", async () => {
    const data = [[1, 2]];
    const body = { collectionName: "films", data };
    expect(
      await secured.post(
        "/entities/insert",
        { collectionName: "films", data: [{ id: 1, vector: [1, 2] }] },
        as("Bearer ann:secret1"),
      ),
    ).toMatchObject({ status: 403 });
    expect(await secured.post("/entities/search", body, as("Bearer ann:secret1"))).toMatchObject({
      status: 403,
      code: 65535,
      message: expect.stringContaining("permission deny to ann in the `default` database"),
    });
  });

  /** What whoever has signed in may ask: see the test of every method of gRPC. */
  const open: readonly string[] = [
    "describeCollection",
    "hasCollection",
    "listAliases",
    "listDatabases",
    "showCollections",
    "describeIndex",
    "getIndexStatistics",
  ];

  /** A body with all that an address needs, about the collection "films". */
  function bodyOf({ body }: RestRoute): object {
    const values: Readonly<Record<string, unknown>> = {
      string: "films",
      integer: 2,
      array: [[1, 2]],
    };
    const entries = Object.entries(body.fields).flatMap(([name, { isRequired, schema }]) => {
      if (name === "privilege") return [[name, "Query"]];
      if (name === "objectType") return [[name, "Collection"]];
      return isRequired ? [[name, values[String(schema["type"])] ?? 1]] : [];
    });
    return Object.fromEntries([...entries, ["dimension", 2]]);
  }

  it.each(restRoutes)("opens $path to nobody but who is granted it", async (route) => {
    const body = bodyOf(route);
    expect(await secured.post(route.path, body)).toEqual(nobody);
    const answer = await secured.post(route.path, body, as("Bearer ann:secret1"));
    if (!open.includes(route.method)) expect(answer.code).not.toBe(0);
  });

  it.each(legacyRoutes)("opens $address to nobody but who has signed in", async ({ address }) => {
    const [method, path] = address.split(" ");
    const answer = await secured.fetch(path, method === "GET" ? undefined : "{}", { method });
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 1800 }]);
  });
});
