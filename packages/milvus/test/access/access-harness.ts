import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type Database, memoryPath, openDatabase } from "@redkite/engine";
import { expect } from "vitest";
import { AccessControl } from "../../src/access/access-control.ts";
import { MilvusService } from "../../src/service/router.ts";
import { MilvusService as descriptor, OperatePrivilegeType } from "../../src/wire/gen/milvus_pb.ts";
import { CollectionSchemaSchema, DataType } from "../../src/wire/gen/schema_pb.ts";
import { cheapHash } from "./cheap-hash.ts";

type Methods = typeof descriptor.method;
type Name = keyof Methods;
type Input<N extends Name> = MessageInitShape<Methods[N]["input"]>;
type Output<N extends Name> = MessageShape<Methods[N]["output"]>;

/** A service that asks who calls. Everybody's password is "secret". */
export class AccessHarness {
  readonly database: Database;
  readonly service: MilvusService;
  readonly access: AccessControl;

  private constructor(database: Database) {
    this.database = database;
    this.access = new AccessControl({ database, isRequired: true, nowMs: () => 0 });
    this.service = new MilvusService({ database, version: "0.1.0", access: this.access });
  }

  /** With the given users, each with a role of the same name. */
  static async open(...users: string[]): Promise<AccessHarness> {
    const database = await openDatabase(memoryPath, { threads: 1, maintenance: false });
    const harness = new AccessHarness(database);
    const password = cheapHash("secret");
    await harness.access.store.change((state) => ({
      ...state,
      users: [
        ...state.users.map((user) => ({ ...user, password })),
        ...users.map((name) => ({ name, password, roles: [name], description: "" })),
      ],
      roles: [...state.roles, ...users.map((name) => ({ name, description: "" }))],
    }));
    return harness;
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** Calls a method as a user, in the database of the connection. */
  async call<N extends Name>(
    user: string,
    name: N,
    request: Input<N>,
    databaseName = "",
  ): Promise<Output<N>> {
    const { input, output, name: method } = descriptor.method[name];
    const bytes = toBinary(input as DescMessage, create(input as DescMessage, request));
    const authorization = Buffer.from(`${user}:secret`).toString("base64");
    const answer = await this.service.handle(method, bytes, { databaseName, authorization });
    return fromBinary(output as DescMessage, answer) as Output<N>;
  }

  /** As root, for calls that must succeed. */
  async ok<N extends Name>(name: N, request: Input<N>, databaseName = ""): Promise<Output<N>> {
    const answer = await this.call("root", name, request, databaseName);
    expect(statusOf(answer)).toEqual({ code: 0, reason: "" });
    return answer;
  }

  /** As root, for calls that must fail. */
  async fails<N extends Name>(name: N, request: Input<N>): Promise<Status> {
    return statusOf(await this.call("root", name, request));
  }

  /** Whether a user may call a method: false when it is denied, true however it is answered. */
  async may<N extends Name>(
    user: string,
    name: N,
    request: Input<N>,
    databaseName = "",
  ): Promise<boolean> {
    try {
      await this.call(user, name, request, databaseName);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ name: "AccessError", kind: "denied" });
      return false;
    }
  }

  /** Makes a collection with an index, so that it can be searched. */
  async createCollection(collectionName: string, dbName = "default"): Promise<void> {
    const schema = create(CollectionSchemaSchema, {
      name: collectionName,
      fields: [
        { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
        {
          name: "vector",
          dataType: DataType.FloatVector,
          typeParams: [{ key: "dim", value: "2" }],
        },
      ],
    });
    const bytes = toBinary(CollectionSchemaSchema, schema);
    await this.ok("createCollection", { collectionName, dbName, schema: bytes });
  }

  /** Grants in the second style. */
  async grant(role: string, privilege: string, where: Where = {}): Promise<void> {
    await this.ok("operatePrivilegeV2", secondStyle(role, privilege, where));
  }
}

export interface Where {
  readonly database?: string;
  readonly collection?: string;
}

export interface Status {
  readonly code: number;
  readonly reason: string;
}

export function secondStyle(role: string, privilege: string, where: Where = {}) {
  const { database = "default", collection = "*" } = where;
  return {
    role: { name: role },
    grantor: { privilege: { name: privilege } },
    dbName: database,
    collectionName: collection,
    type: OperatePrivilegeType.Grant,
  };
}

function statusOf(answer: object): Status {
  const isStatus = (value: unknown): value is Status =>
    typeof value === "object" && value !== null && "errorCode" in value;
  const found = [answer, ...Object.values(answer)].find(isStatus);
  if (found === undefined) throw new Error("An answer without a status");
  return { code: found.code, reason: found.reason };
}
