// Every method that is carried out × who calls it, made from the protocol's descriptors: a method
// that is added without a rule of who may call it fails here.
import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isObjectType } from "../../src/access/privileges.ts";
import { implementedMethods } from "../../src/service/router.ts";
import { MilvusService as descriptor } from "../../src/wire/gen/milvus_pb.ts";
import { requestPrivileges } from "../../src/wire/gen/privileges.ts";
import { AccessHarness } from "./access-harness.ts";

/** What everybody who has signed in may call. */
const open = [
  "AllocTimestamp",
  "CheckHealth",
  "Connect",
  "GetCompactionState",
  "GetCompactionStateWithPlans",
  "GetComponentStates",
  "GetFlushAllState",
  "GetMetrics",
  "GetVersion",
  "HasCollection",
  "ListDatabases",
  "ShowCollections",
];

/** What declares no privilege, and needs one of ours. */
const undeclared: Readonly<Record<string, string>> = {
  GetPartitionStatistics: "GetStatistics",
  GetPersistentSegmentInfo: "GetStatistics",
  GetQuerySegmentInfo: "GetStatistics",
  GetReplicas: "GetLoadState",
};

/** What the role `public` may, which everybody has. */
const ofPublic = ["DescribeCollection", "ListAliases", "IndexDetail"];

interface Rule {
  readonly method: string;
  readonly input: DescMessage;
  readonly objectType: string;
  readonly privilege: string;
}

function ruleOf(method: string): Rule {
  const found = descriptor.methods.find(({ name }) => name === method);
  if (found === undefined) throw new Error(`The protocol has no ${method}`);
  const { input } = found;
  const declared = requestPrivileges[input.typeName];
  if (declared === undefined) {
    return { method, input, objectType: "Collection", privilege: undeclared[method] ?? "" };
  }
  const { objectType } = declared;
  return { method, input, objectType, privilege: declared.privilege.slice("Privilege".length) };
}

const rules = implementedMethods.filter((name) => !open.includes(name)).map(ruleOf);
const guarded = rules.filter(({ privilege }) => !ofPublic.includes(privilege));

/** A request about the collection "films", or the user "films". */
function requestTo({ input }: Pick<Rule, "input">): Uint8Array {
  const isName = (name: string) =>
    /^(collection_?name|object_name|username|old_?name)$/i.test(name);
  const message: Record<string, unknown> = {};
  for (const field of input.fields) {
    if (field.fieldKind === "scalar" && isName(field.name)) message[field.localName] = "films";
    if (field.name === "collection_names") message[field.localName] = ["films"];
    if (field.name === "user") message[field.localName] = { name: "films" };
  }
  return toBinary(input, create(input, message));
}

describe("AccessControl over every method", () => {
  let harness: AccessHarness;

  beforeAll(async () => {
    harness = await AccessHarness.open("ana", "bob", "eva", "zoe");
  });
  afterAll(() => harness.close());

  /** How a call ends: "answered", or the kind of its refusal. */
  async function outcome(method: string, request: Uint8Array, user?: string): Promise<string> {
    const authorization = user && Buffer.from(`${user}:secret`).toString("base64");
    const context = { databaseName: "", ...(authorization && { authorization }) };
    try {
      await harness.access.admit(method, request, { ...context, databaseName: "default" });
      return "answered";
    } catch (error) {
      return error instanceof Error && "kind" in error ? String(error.kind) : String(error);
    }
  }

  /** Gives the role of the user's name nothing but this. */
  async function grantOnly(
    role: string,
    { objectType, privilege }: Rule,
    place: { readonly objectName: string; readonly database: string },
  ): Promise<void> {
    if (!isObjectType(objectType)) throw new Error(`${objectType} is no type of object`);
    const grant = { role, objectType, privilege, grantor: "root", ...place };
    await harness.access.store.change((state) => ({
      ...state,
      grants: [...state.grants.filter((entry) => entry.role !== role), grant],
    }));
  }

  it("knows a rule for each", () => {
    const without = rules.filter(({ privilege }) => privilege === "");
    expect(without).toEqual([]);
    const strange = [...open, ...Object.keys(undeclared)].filter(
      (name) => !implementedMethods.includes(name),
    );
    expect(strange).toEqual([]);
  });

  it.each([...implementedMethods])("refuses who has not signed in: %s", async (method) => {
    const request = requestTo(ruleOf(method));
    expect(await outcome(method, request)).toBe("unauthenticated");
    expect(await outcome(method, request, "nobody")).toBe("unauthenticated");
  });

  it.each(open)("lets everybody who has signed in call %s", async (method) => {
    expect(await outcome(method, requestTo(ruleOf(method)), "ana")).toBe("answered");
  });

  it.each(guarded)("lets nobody but who is granted it and root call $method", async (rule) => {
    const { method, objectType } = rule;
    const request = requestTo(rule);
    const isOfAll = objectType === "Global";
    // Flushing all collections needs the privilege in all databases.
    const database = method === "FlushAll" ? "*" : "default";
    await grantOnly("bob", rule, { objectName: isOfAll ? "*" : "films", database });
    await grantOnly("eva", rule, { objectName: isOfAll ? "*" : "books", database });
    await grantOnly("zoe", rule, { objectName: "*", database: "elsewhere" });
    expect(await outcome(method, request, "ana")).toBe("denied");
    expect(await outcome(method, request, "bob")).toBe("answered");
    expect(await outcome(method, request, "eva")).toBe(isOfAll ? "answered" : "denied");
    expect(await outcome(method, request, "zoe")).toBe("denied");
    expect(await outcome(method, request, "root")).toBe("answered");
  });

  it("leaves what has no rule, and is not carried out, to root", async () => {
    expect(await outcome("Dummy", new Uint8Array(), "ana")).toBe("denied");
    expect(await outcome("Dummy", new Uint8Array(), "root")).toBe("answered");
  });
});
