import type { Dataset } from "../dataset/dataset.ts";
import { scopeItems } from "./index-scope.ts";
import type { SimilarityConfig } from "./similarity-config.ts";
import type { CollectionFacts, VectorCollection } from "./vector-collection.ts";

/** Whether an index fits its dataset. */
export interface IndexHealth extends Partial<CollectionFacts> {
  readonly collectionExists: boolean;
  readonly totalIndexSize: number;
  /** How many samples or labels of the dataset have a vector. */
  readonly indexedCount: number;
  /** How many have none. */
  readonly missingCount: number;
  /** Whose vectors are there, but which the dataset no longer has. */
  readonly staleIds: readonly string[];
}

export async function indexHealth(
  dataset: Dataset,
  { patchesField }: SimilarityConfig,
  collection: VectorCollection,
): Promise<IndexHealth> {
  const { ids } = await scopeItems(dataset, patchesField);
  if (!(await collection.exists())) {
    return {
      collectionExists: false,
      totalIndexSize: 0,
      indexedCount: 0,
      missingCount: ids.length,
      staleIds: [],
    };
  }
  const facts = await collection.describe();
  const present = new Set(ids);
  const staleIds: string[] = [];
  let totalIndexSize = 0;
  for await (const page of collection.scan(false)) {
    totalIndexSize += page.length;
    for (const { id } of page) if (!present.has(id)) staleIds.push(id);
  }
  const indexedCount = totalIndexSize - staleIds.length;
  return {
    ...facts,
    collectionExists: true,
    totalIndexSize,
    indexedCount,
    missingCount: ids.length - indexedCount,
    staleIds,
  };
}
