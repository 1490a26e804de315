import { BrainError } from "../base/brain-error.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { SampleCollection, View } from "../view/sample-collection.ts";
import { itemsView } from "./items-view.ts";

/** Samples or labels that are alike. */
export interface Cluster {
  readonly name: string;
  readonly ids: readonly string[];
}

/** Clusters as a run keeps them. */
export interface StoredClusters {
  readonly patchesField?: string;
  /** The largest first. */
  readonly clusters: readonly Cluster[];
  readonly noiseIds: readonly string[];
}

const noiseName = "noise";

/** Samples or patches in clusters of like ones. */
export class Clusters implements StoredClusters {
  readonly clusters: readonly Cluster[];
  /** What is in no cluster. */
  readonly noiseIds: readonly string[];
  readonly #samples: SampleCollection<Dataset>;
  readonly #patchesField: string | undefined;

  constructor(
    samples: SampleCollection<Dataset>,
    { clusters, noiseIds, patchesField }: StoredClusters,
  ) {
    this.#samples = samples;
    this.#patchesField = patchesField;
    this.clusters = clusters;
    this.noiseIds = noiseIds;
  }

  /** Names clusters by their size. */
  static of(
    samples: SampleCollection<Dataset>,
    {
      patchesField,
      ids,
      labels,
    }: {
      readonly patchesField: string | undefined;
      readonly ids: readonly string[];
      /** Of each id; −1 for none. */
      readonly labels: Int32Array;
    },
  ): Clusters {
    const noiseIds: string[] = [];
    const groups = new Map<number, string[]>();
    for (const [position, label] of labels.entries()) {
      const group = label < 0 ? noiseIds : groups.get(label);
      if (group === undefined) groups.set(label, [ids[position]]);
      else group.push(ids[position]);
    }
    const clusters = [...groups.values()]
      .sort((a, b) => b.length - a.length)
      .map((ids, i) => ({ name: `cluster_${i}`, ids }));
    const field = patchesField === undefined ? {} : { patchesField };
    return new Clusters(samples, { clusters, noiseIds, ...field });
  }

  /** The name of the cluster of each item. */
  nameById(): ReadonlyMap<string, string> {
    return new Map([
      ...this.clusters.flatMap(({ name, ids }) => ids.map((id): [string, string] => [id, name])),
      ...this.noiseIds.map((id): [string, string] => [id, noiseName]),
    ]);
  }

  /** The samples or patches of a cluster, or of "noise". Throws `invalid-argument` for another name. */
  view(name: string): View<Dataset> {
    const ids =
      name === noiseName
        ? this.noiseIds
        : this.clusters.find((cluster) => cluster.name === name)?.ids;
    if (ids !== undefined) return itemsView(this.#samples, this.#patchesField, ids);
    const names = [...this.clusters.map((cluster) => cluster.name), noiseName];
    throw new BrainError(
      "invalid-argument",
      `There is no cluster "${name}"; there are ${names.join(", ")}`,
      { details: { name, names } },
    );
  }

  /** What is kept of it by a brain run. */
  toJSON(): StoredClusters {
    const { clusters, noiseIds } = this;
    const field = this.#patchesField === undefined ? {} : { patchesField: this.#patchesField };
    return { clusters, noiseIds, ...field };
  }
}
