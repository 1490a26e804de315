import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { needOf } from "../../src/access/request-need.ts";
import {
  CreateDatabaseRequestSchema,
  FlushRequestSchema,
  InsertRequestSchema,
  MilvusService,
  RenameCollectionRequestSchema,
  SelectUserRequestSchema,
} from "../../src/wire/gen/milvus_pb.ts";
import { requestPrivileges } from "../../src/wire/gen/privileges.ts";
import { WireError } from "../../src/wire/wire-reader.ts";

describe("needOf()", () => {
  it("reads the collection and the database of a request", () => {
    const request = create(InsertRequestSchema, { dbName: "movies", collectionName: "films" });
    expect(needOf("Insert", toBinary(InsertRequestSchema, request))).toEqual({
      objectType: "Collection",
      privilege: "Insert",
      objectNames: ["films"],
      databases: ["movies"],
    });
  });

  it("takes the last of two names, as decoders do", () => {
    const one = toBinary(InsertRequestSchema, create(InsertRequestSchema, { collectionName: "a" }));
    const two = toBinary(InsertRequestSchema, create(InsertRequestSchema, { collectionName: "b" }));
    expect(needOf("Insert", Buffer.concat([one, two]))?.objectNames).toEqual(["b"]);
  });

  it("reads all of several collections, and names none where there is none", () => {
    const request = create(FlushRequestSchema, { collectionNames: ["a", "b"] });
    expect(needOf("Flush", toBinary(FlushRequestSchema, request))).toMatchObject({
      objectNames: ["a", "b"],
      databases: [],
    });
    expect(needOf("Flush", new Uint8Array())?.objectNames).toEqual([]);
  });

  it("reads the name in a message; nobody's is everybody's", () => {
    const request = create(SelectUserRequestSchema, { user: { name: "ana" } });
    const bytes = toBinary(SelectUserRequestSchema, request);
    expect(needOf("SelectUser", bytes)?.objectNames).toEqual(["ana"]);
    expect(needOf("SelectUser", new Uint8Array())?.objectNames).toEqual(["*"]);
  });

  it("asks for both databases of a renaming, and for none that a request makes", () => {
    const rename = create(RenameCollectionRequestSchema, { dbName: "a", newDBName: "b" });
    const bytes = toBinary(RenameCollectionRequestSchema, rename);
    expect(needOf("RenameCollection", bytes)).toMatchObject({
      objectNames: ["*"],
      databases: ["a", "b"],
    });
    const made = create(CreateDatabaseRequestSchema, { dbName: "a" });
    expect(
      needOf("CreateDatabase", toBinary(CreateDatabaseRequestSchema, made))?.databases,
    ).toEqual([]);
  });

  it("needs nothing for requests that declare nothing", () => {
    expect(needOf("Connect", new Uint8Array())).toBeUndefined();
    expect(needOf("GetVersion", new Uint8Array())).toBeUndefined();
  });

  it("reads every request that declares a privilege", () => {
    const declaring = MilvusService.methods.filter(({ input }) =>
      Object.hasOwn(requestPrivileges, input.typeName),
    );
    expect(declaring.length).toBeGreaterThan(90);
    for (const { name } of declaring) expect(needOf(name, new Uint8Array())).toBeDefined();
  });

  it("throws for bytes that are no message", () => {
    expect(() => needOf("Insert", Uint8Array.of(0x1a, 0x7f))).toThrow(WireError);
  });
});
