import { createRequire } from "node:module";

// protobufjs with the definitions that the official SDK ships: what clients really do.
const requireHere = createRequire(import.meta.url);
const requireInSdk = createRequire(requireHere.resolve("@zilliz/milvus2-sdk-node/package.json"));

/** The part of protobufjs's `Type` that the tests use. */
export interface OracleType {
  fromObject(object: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): Record<string, unknown>;
}

interface Json {
  fields?: Record<string, { rule?: string; options?: object }>;
  nested?: Record<string, Json>;
}

const protobufjs = requireInSdk("protobufjs") as {
  util: { Long: unknown };
  configure(): void;
  Root: { fromJSON(json: Json): { lookupType(name: string): OracleType } };
};
const definitions = requireInSdk("./dist/milvus/proto-json/milvus.js").default as Json;

// Vitest's import conditions lead protobufjs to the ES module of "long", which it doesn't know.
const long = requireInSdk("long");
protobufjs.util.Long = long.default ?? long;
protobufjs.configure();

const packedRoot = protobufjs.Root.fromJSON(definitions);
const unpackedRoot = protobufjs.Root.fromJSON(unpack(structuredClone(definitions)));

/** Encodes `object`, whose names are the definitions' own. */
export function oracleEncode(type: string, object: object): Uint8Array {
  return encodeWith(packedRoot.lookupType(`milvus.proto.${type}`), object);
}

/** As `oracleEncode`, with each element of a repeated number under its own tag. */
export function oracleEncodeUnpacked(type: string, object: object): Uint8Array {
  return encodeWith(unpackedRoot.lookupType(`milvus.proto.${type}`), object);
}

/** Decodes to plain objects: int64 as strings, bytes as arrays of numbers, defaults filled in. */
export function oracleDecode(type: string, bytes: Uint8Array): Record<string, unknown> {
  const decoder = packedRoot.lookupType(`milvus.proto.${type}`);
  return decoder.toObject(decoder.decode(bytes), { longs: String, bytes: Array, defaults: true });
}

function encodeWith(type: OracleType, object: object): Uint8Array {
  return type.encode(type.fromObject(object)).finish();
}

function unpack(json: Json): Json {
  for (const field of Object.values(json.fields ?? {})) {
    if (field.rule === "repeated") {
      field.options = { ...field.options, features: { repeated_field_encoding: "EXPANDED" } };
    }
  }
  for (const nested of Object.values(json.nested ?? {})) unpack(nested);
  return json;
}
