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
import { MilvusService, type ServiceLogger } from "../../src/service/router.ts";
import { PlaceholderGroupSchema, PlaceholderType } from "../../src/wire/gen/common_pb.ts";
import { MilvusService as descriptor } from "../../src/wire/gen/milvus_pb.ts";
import {
  CollectionSchemaSchema,
  DataType,
  type FieldDataSchema,
} from "../../src/wire/gen/schema_pb.ts";

type Methods = typeof descriptor.method;
type Name = keyof Methods;
type Input<N extends Name> = MessageInitShape<Methods[N]["input"]>;
type Output<N extends Name> = MessageShape<Methods[N]["output"]>;

/** A service over an empty database in memory, and a client that speaks its messages. */
export class Harness {
  readonly service: MilvusService;
  readonly database: Database;
  databaseName = "default";

  private constructor(database: Database, logger?: ServiceLogger) {
    this.database = database;
    this.service = new MilvusService({ database, version: "0.1.0", ...(logger && { logger }) });
  }

  static async open(logger?: ServiceLogger): Promise<Harness> {
    const database = await openDatabase(memoryPath, { threads: 1, maintenance: false });
    return new Harness(database, logger);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async call<N extends Name>(name: N, request: Input<N>): Promise<Output<N>> {
    const { input, output, name: method } = descriptor.method[name];
    const bytes = toBinary(input as DescMessage, create(input as DescMessage, request));
    const answer = await this.service.handle(method, bytes, { databaseName: this.databaseName });
    return fromBinary(output as DescMessage, answer) as Output<N>;
  }

  /** As `call`, for requests that must succeed. */
  async ok<N extends Name>(name: N, request: Input<N>): Promise<Output<N>> {
    const answer = await this.call(name, request);
    expect(statusOf(answer)).toMatchObject({ code: 0, reason: "", errorCode: 0 });
    return answer;
  }

  /** The status of a request that must fail. */
  async fails<N extends Name>(
    name: N,
    request: Input<N>,
  ): Promise<{ code: number; reason: string }> {
    const { code, reason } = statusOf(await this.call(name, request));
    return { code, reason };
  }
}

interface StatusLike {
  readonly code: number;
  readonly reason: string;
  readonly errorCode: number;
}

export function statusOf(answer: object): StatusLike {
  const isStatus = (value: unknown): value is StatusLike =>
    typeof value === "object" && value !== null && "errorCode" in value;
  const found = [answer, ...Object.values(answer)].find(isStatus);
  if (found === undefined) throw new Error("An answer without a status");
  return found;
}

export const filmFields = [
  { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
  { name: "title", dataType: DataType.VarChar, typeParams: [{ key: "max_length", value: "64" }] },
  { name: "year", dataType: DataType.Int16 },
  { name: "vector", dataType: DataType.FloatVector, typeParams: [{ key: "dim", value: "2" }] },
];

export function schemaBytes(
  schema: MessageInitShape<typeof CollectionSchemaSchema>,
): Uint8Array<ArrayBuffer> {
  return toBinary(CollectionSchemaSchema, create(CollectionSchemaSchema, schema));
}

type FieldDataInit = MessageInitShape<typeof FieldDataSchema>;

export function longs(fieldName: string, data: bigint[]): FieldDataInit {
  return {
    type: DataType.Int64,
    fieldName,
    field: { case: "scalars", value: { data: { case: "longData", value: { data } } } },
  };
}

export function ints(fieldName: string, data: number[]): FieldDataInit {
  return {
    type: DataType.Int16,
    fieldName,
    field: { case: "scalars", value: { data: { case: "intData", value: { data } } } },
  };
}

export function texts(fieldName: string, data: string[]): FieldDataInit {
  return {
    type: DataType.VarChar,
    fieldName,
    field: { case: "scalars", value: { data: { case: "stringData", value: { data } } } },
  };
}

export function dynamics(rows: object[]): FieldDataInit {
  const data = rows.map((row) => Buffer.from(JSON.stringify(row)));
  return {
    type: DataType.JSON,
    fieldName: "$meta",
    isDynamic: true,
    field: { case: "scalars", value: { data: { case: "jsonData", value: { data } } } },
  };
}

export function floatVectors(fieldName: string, vectors: number[][]): FieldDataInit {
  const dim = BigInt(vectors[0].length);
  const data = { case: "floatVector", value: { data: vectors.flat() } } as const;
  return {
    type: DataType.FloatVector,
    fieldName,
    field: { case: "vectors", value: { dim, data } },
  };
}

/** The rows of `films`: ids 1 to 4 around the origin, every 90 degrees. */
export function filmRows(): FieldDataInit[] {
  return [
    longs("id", [1n, 2n, 3n, 4n]),
    texts("title", ["Kes", "Heat", "Ran", "Ikiru"]),
    ints("year", [1969, 1995, 1985, 1952]),
    floatVectors("vector", [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ]),
  ];
}

/** Makes, indexes, loads and fills the collection `films`. */
export async function makeFilms(harness: Harness, options: { dynamic?: boolean } = {}) {
  await harness.ok("createCollection", {
    collectionName: "films",
    schema: schemaBytes({
      name: "films",
      fields: filmFields,
      enableDynamicField: options.dynamic ?? false,
    }),
  });
  await harness.ok("createIndex", {
    collectionName: "films",
    fieldName: "vector",
    extraParams: pairs({ index_type: "FLAT", metric_type: "L2" }),
  });
  await harness.ok("loadCollection", { collectionName: "films" });
  const meta = options.dynamic
    ? [dynamics([{ colour: "red", stars: 5 }, { colour: "blue" }, {}, { stars: 4 }])]
    : [];
  await harness.ok("insert", {
    collectionName: "films",
    numRows: 4,
    fieldsData: [...filmRows(), ...meta],
  });
}

export function pairs(record: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

export function placeholders(vectors: number[][]): {
  case: "placeholderGroup";
  value: Uint8Array<ArrayBuffer>;
} {
  const values = vectors.map((vector) => new Uint8Array(Float32Array.from(vector).buffer));
  const placeholder = { tag: "$0", type: PlaceholderType.FloatVector, values };
  const group = create(PlaceholderGroupSchema, { placeholders: [placeholder] });
  return { case: "placeholderGroup", value: toBinary(PlaceholderGroupSchema, group) };
}
