import { EngineError } from "../base/errors.ts";
import type { CollectionSchema } from "../schema/collection-schema.ts";
import { defineSchema, vectorFieldsOf } from "../schema/define-schema.ts";
import { limits } from "../schema/limits.ts";
import { IndexFiles } from "../segment/index-files.ts";
import type { CollectionDefinition } from "./collection-definition.ts";
import { type CollectionManifest, defaultPartitionName } from "./collection-manifest.ts";
import { checkProperties } from "./collection-properties.ts";
import { CollectionStore, type StoreOptions, writeManifest } from "./collection-store.ts";
import { defineIndex, type StoredIndex } from "./index-definition.ts";
import { partitionKeyOf } from "./partition-routing.ts";

/** Milvus's default consistency level, Bounded. */
const defaultConsistencyLevel = 2;
/** Milvus's number of partitions that rows are spread over by a partition key. */
const defaultPartitionCount = 16;
/** Ids below are left for the system. */
const firstId = 100;

/**
 * Writes the folder of a new, empty collection. It is part of the database once the catalog names
 * it. Throws what `defineSchema` and `defineIndex` throw.
 */
export async function createCollectionStore(
  options: StoreOptions,
  id: number,
  definition: CollectionDefinition,
): Promise<CollectionStore> {
  const manifest = manifestOf(options, id, definition);
  const { fileSystem, path } = options;
  await fileSystem.makeDirectory(`${path}/segments`);
  await writeManifest(options, manifest);
  return new CollectionStore(options, manifest, new IndexFiles(fileSystem));
}

function manifestOf(
  { clock }: StoreOptions,
  id: number,
  definition: CollectionDefinition,
): CollectionManifest {
  const { name, load = true } = definition;
  const schema = defineSchema({ ...definition, collection: name });
  const { properties = {} } = definition;
  checkProperties(schema, properties);
  const createdAt = clock.next();
  const partitions = partitionNames(schema, definition.numPartitions).map((partition, i) => ({
    id: firstId + i,
    name: partition,
    createdAt,
  }));
  const wanted =
    definition.indexes ??
    (load ? vectorFieldsOf(schema).map((field) => ({ field: field.name })) : []);
  const indexes: StoredIndex[] = [];
  let nextId = firstId + partitions.length;
  for (const given of wanted) {
    const index = defineIndex(schema, indexes, given, nextId);
    if (index === undefined) continue;
    indexes.push(index);
    nextId++;
  }
  return {
    id,
    schema,
    properties,
    consistencyLevel: definition.consistencyLevel ?? defaultConsistencyLevel,
    shardsNum: definition.shardsNum ?? 1,
    createdAt,
    updatedAt: createdAt,
    partitions,
    loaded: load ? "all" : [],
    indexes,
    segments: [],
    firstLog: 1,
    nextId,
    lastTimestamp: createdAt,
  };
}

/** One partition, or, with a partition key, as many as are wanted. Throws `invalid-parameter`. */
function partitionNames(schema: CollectionSchema, wanted: number | undefined): string[] {
  if (partitionKeyOf(schema) === undefined) {
    if (wanted === undefined) return [defaultPartitionName];
    throw invalid(
      "num_partitions should only be specified with partition key field enabled",
      wanted,
    );
  }
  const count = wanted ?? defaultPartitionCount;
  const max = limits.partitionsPerCollection;
  if (!Number.isInteger(count) || count < 1) {
    const rule = "the specified partitions should be greater than 0 if partition key is used";
    throw invalid(rule, count);
  }
  if (count > max) {
    throw invalid(`partition number (${count}) exceeds max configuration (${max})`, count);
  }
  return Array.from({ length: count }, (_, i) => `${defaultPartitionName}_${i}`);
}

function invalid(message: string, found: number): EngineError {
  return new EngineError("invalid-parameter", message, { details: { found } });
}
