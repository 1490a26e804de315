import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection } from "../view/sample-collection.ts";
import { filterOf, isWhole, scopeItems } from "./index-scope.ts";
import { filterIdsMax, type IdFilter, type VectorCollection } from "./vector-collection.ts";

/**
 * The filter that lets pass what of an index is in a view. The last one is kept: one searches the same
 * view again and again, and reading what is in it takes longer than the search.
 */
export class ViewFilter {
  readonly #dataset: Dataset;
  readonly #patchesField: string | undefined;
  readonly #collection: VectorCollection;
  #last:
    | { readonly stages: string; readonly writes: number; readonly filter: IdFilter }
    | undefined;

  constructor(dataset: Dataset, patchesField: string | undefined, collection: VectorCollection) {
    this.#dataset = dataset;
    this.#patchesField = patchesField;
    this.#collection = collection;
  }

  /** Throws `invalid-argument` for patches of another field than is indexed. */
  async of(view: SampleCollection<Dataset>): Promise<IdFilter> {
    if (isWhole(view, this.#patchesField)) return { kind: "all" };
    const stages = JSON.stringify(view.stages);
    const writes = this.#dataset.store.writeCount;
    if (this.#last?.stages === stages && this.#last.writes === writes) return this.#last.filter;
    const filter = await this.#read(view);
    // A list of exclusions depends on the index as well, and a search on one that may be another's.
    const isOfDataset = filter.kind === "only" && !stages.includes('"sortBySimilarity"');
    this.#last = isOfDataset ? { stages, writes, filter } : undefined;
    return filter;
  }

  /** What the whole dataset has is read only for views that are large. */
  async #read(view: SampleCollection<Dataset>): Promise<IdFilter> {
    const { ids } = await scopeItems(view, this.#patchesField);
    if (ids.length <= filterIdsMax) return { kind: "only", ids };
    const all = await scopeItems(this.#dataset, this.#patchesField);
    return filterOf(ids, all.ids, await this.#collection.count());
  }
}
