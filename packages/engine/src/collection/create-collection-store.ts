import { defineSchema, vectorFieldsOf } from "../schema/define-schema.ts";
import { IndexFiles } from "../segment/index-files.ts";
import type { CollectionDefinition } from "./collection-definition.ts";
import { type CollectionManifest, defaultPartitionName } from "./collection-manifest.ts";
import { CollectionStore, type StoreOptions, writeManifest } from "./collection-store.ts";
import { defineIndex, type StoredIndex } from "./index-definition.ts";

/** Milvus's default consistency level, Bounded. */
const defaultConsistencyLevel = 2;
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
  return new CollectionStore(options, manifest, {
    sealed: [],
    indexFiles: new IndexFiles(fileSystem),
  });
}

function manifestOf(
  { clock }: StoreOptions,
  id: number,
  definition: CollectionDefinition,
): CollectionManifest {
  const { name, load = true } = definition;
  const schema = defineSchema({ ...definition, collection: name });
  const createdAt = clock.next();
  const wanted =
    definition.indexes ??
    (load ? vectorFieldsOf(schema).map((field) => ({ field: field.name })) : []);
  const indexes: StoredIndex[] = [];
  let nextId = firstId + 1;
  for (const given of wanted) {
    const index = defineIndex(schema, indexes, given, nextId);
    if (index === undefined) continue;
    indexes.push(index);
    nextId++;
  }
  return {
    id,
    schema,
    properties: definition.properties ?? {},
    consistencyLevel: definition.consistencyLevel ?? defaultConsistencyLevel,
    shardsNum: definition.shardsNum ?? 1,
    createdAt,
    updatedAt: createdAt,
    partitions: [{ id: firstId, name: defaultPartitionName, createdAt }],
    loaded: load ? "all" : [],
    indexes,
    segments: [],
    firstLog: 1,
    nextId,
    lastTimestamp: createdAt,
  };
}
