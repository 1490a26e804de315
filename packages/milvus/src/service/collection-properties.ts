import type { Collection } from "@redkite/engine";
import { invalidParameter, MilvusError, unsupported } from "../errors.ts";
import { isBoolean, isTrue } from "./key-values.ts";

/** What a request wants of the properties of a collection. */
export interface PropertyChange {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

type Properties = ReadonlyMap<string, string>;

/** Properties of a collection that the engine does not carry out, and the values that ask for nothing. */
const unsupportedProperties: Readonly<Record<string, (value: string) => boolean>> = {
  query_mode: (value) => value === "",
  "namespace.enabled": (value) => !isTrue(value),
  "namespace.sharding.enabled": (value) => !isTrue(value),
  "rls.enabled": (value) => !isTrue(value),
  "rls.force": (value) => !isTrue(value),
  "cipher.enabled": (value) => !isTrue(value),
  "replicate.id": (value) => value === "",
};

const warmupKeys = [
  "warmup.scalarField",
  "warmup.scalarIndex",
  "warmup.vectorField",
  "warmup.vectorIndex",
];

/**
 * Refuses properties that would change an answer and that the engine does not carry out, and values
 * that Milvus refuses and the engine has no use for. The engine checks those that mean something to
 * it; the others are kept and shown. Throws `MilvusError`.
 */
export function checkProperties(properties: Properties): void {
  for (const [name, value] of properties) {
    if (unsupportedProperties[name]?.(value) === false) {
      throw unsupported(`collection property ${name}`);
    }
    checkWarmup(name, value);
    if (name === "collection.replica.number" && !/^[+-]?\d+$/.test(value)) {
      throw invalidParameter(`invalid collection property: [key=${name}] [value=${value}]`);
    }
    if (name === isolationKey && !isBoolean(value)) {
      throw invalidParameter(
        `failed to parse partition key isolation: strconv.ParseBool: parsing "${value.toLowerCase()}": invalid syntax`,
      );
    }
  }
}

/** Refuses changes that Milvus does not allow while a collection is loaded or indexed. */
export function checkPropertyChange(collection: Collection, { set, remove }: PropertyChange): void {
  const verb = set.size > 0 ? "alter" : "delete";
  for (const name of [...set.keys(), ...remove]) {
    if (collection.loadState === "not-loaded") break;
    if (name === "mmap.enabled") {
      throw loaded(collection, `can not ${verb} mmap properties if collection loaded`);
    }
    if (!isWarmup(name)) continue;
    const what = set.size > 0 ? "warmup" : name;
    throw loaded(collection, `can not ${verb} ${what} properties if collection loaded`);
  }
  checkIsolationChange(collection, { set, remove });
}

/** Refuses isolation by partition key of a collection that has no partition key. */
export function checkIsolation(
  name: string,
  hasPartitionKey: boolean,
  properties: Properties,
): void {
  if (hasPartitionKey || !isTrue(properties.get(isolationKey))) return;
  throw new MilvusError("collectionIllegalSchema", {
    message:
      "partition key isolation mode is enabled but no partition key field is set. Please set the partition key first",
    fields: { collectionName: name },
  });
}

const isolationKey = "partitionkey.isolation";

function checkIsolationChange(collection: Collection, { set, remove }: PropertyChange): void {
  const before = isTrue(collection.properties[isolationKey]);
  const given = remove.includes(isolationKey) ? "false" : set.get(isolationKey);
  if (given === undefined || isTrue(given) === before) return;
  const { fields } = collection.schema;
  const hasKey = fields.some((field) => field.partitionKey === true);
  checkIsolation(collection.name, hasKey, set);
  const indexed = collection.listIndexes().find((index) => index.metric !== undefined);
  if (indexed === undefined) return;
  throw new MilvusError("indexDuplicate", {
    message:
      "can not alter partition key isolation mode if the collection already has a vector index. Please drop the index first",
    fields: { indexName: indexed.name },
  });
}

function checkWarmup(name: string, value: string): void {
  if (name === "warmup") {
    throw invalidParameter(
      `warmup key '${name}' is only allowed at field level, use ${warmupKeys.join("/")} at collection level`,
    );
  }
  if (!warmupKeys.includes(name) || value === "disable" || value === "sync") return;
  throw invalidParameter(
    `invalid warmup value for key ${name}: invalid warmup policy: ${value}, must be 'disable' or 'sync'`,
  );
}

function isWarmup(name: string): boolean {
  return name === "warmup" || warmupKeys.includes(name);
}

function loaded(collection: Collection, message: string): MilvusError {
  return new MilvusError("collectionLoaded", { message, fields: { collection: collection.name } });
}
