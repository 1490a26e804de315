import { setTimeout } from "node:timers/promises";
import type { MilvusClient } from "@redkite/milvus/client";
import { BrainError } from "../base/brain-error.ts";
import { callMilvus } from "./milvus-status.ts";
import type { SimilarityMetric } from "./similarity-metric.ts";
import { metricOfMilvus, milvusMetricOf, similarityOf } from "./similarity-metric.ts";
import type { VectorHit, VectorRow } from "./vector-row.ts";

export type ConsistencyLevel = "Strong" | "Session" | "Bounded" | "Eventually";

/** Milvus's numbers for the levels. */
const consistencyNumbers: { readonly [Level in ConsistencyLevel]: 0 | 1 | 2 | 3 } = {
  Strong: 0,
  Session: 1,
  Bounded: 2,
  Eventually: 3,
};

/** The most hits of one search, Milvus's limit. */
export const searchHitsMax = 16_384;
/** Milvus's limit for ids, and so for what a filter compares them with. */
const idLengthMax = 64_000;
/** How many ids a filter lists: about half a megabyte. */
export const filterIdsMax = 20_000;
/** Servers take and give messages of 64 MB; smaller ones keep both sides moving. */
const messageBytesMax = 8 << 20;
const rowsMax = 4_096;
/** The most rows that Milvus gives at once, which ids alone don't make a long message of. */
const idRowsMax = 16_384;
/** How long to wait between two looks at a collection that is being loaded. */
const loadPollMs = 50;

/** What decides how a collection is made. */
export interface CollectionDefinition {
  readonly dim: number;
  readonly metric: SimilarityMetric;
  readonly consistencyLevel: ConsistencyLevel;
  /** Milvus's index type. Default "AUTOINDEX". */
  readonly indexType?: string | undefined;
  readonly indexParams?: Readonly<Record<string, unknown>> | undefined;
}

/** What a collection is. */
export interface CollectionFacts {
  readonly dim: number;
  readonly metric: SimilarityMetric;
  readonly consistencyLevel: string;
  readonly indexType: string;
  /** Of its index: "Finished" once all is indexed. */
  readonly indexState: string;
}

/** Which rows a search may find. */
export type IdFilter =
  | { readonly kind: "all" }
  | { readonly kind: "only"; readonly ids: readonly string[] }
  | { readonly kind: "not"; readonly ids: readonly string[] };

/** A condition of Milvus's language with the values that it names. */
interface Filter {
  readonly filter: string;
  readonly exprValues: Record<string, string | string[]>;
}

/**
 * A Milvus collection in the form that FiftyOne's integration has: `pk`, `vector`, `sample_id`. Either
 * system finds the other's collections as its own.
 */
export class VectorCollection {
  readonly client: MilvusClient;
  readonly name: string;
  readonly #consistency: ConsistencyLevel;
  /** The length of vectors as far as it is known: until then, about the longest there is. */
  #dim = 4_096;

  constructor(client: MilvusClient, name: string, consistency: ConsistencyLevel) {
    this.client = client;
    this.name = name;
    this.#consistency = consistency;
  }

  async exists(): Promise<boolean> {
    const { value } = await callMilvus(`look for "${this.name}"`, () =>
      this.client.hasCollection({ collection_name: this.name }),
    );
    return value === true;
  }

  /** Makes and loads the collection; throws `milvus-failed` if there is one of another form. */
  async create(definition: CollectionDefinition): Promise<void> {
    const { dim, metric, consistencyLevel, indexType = "AUTOINDEX", indexParams } = definition;
    this.#dim = dim;
    await callMilvus(`create the collection "${this.name}"`, () =>
      this.client.createCollection({
        collection_name: this.name,
        consistency_level: consistencyLevel,
        fields: [
          {
            name: "pk",
            data_type: "VarChar",
            is_primary_key: true,
            autoID: false,
            max_length: idLengthMax,
          },
          { name: "vector", data_type: "FloatVector", dim },
          { name: "sample_id", data_type: "VarChar", max_length: idLengthMax },
        ],
      }),
    );
    try {
      await callMilvus(`index the collection "${this.name}"`, () =>
        this.client.createIndex({
          collection_name: this.name,
          field_name: "vector",
          index_type: indexType,
          metric_type: milvusMetricOf(metric),
          ...(indexParams === undefined ? {} : { params: { ...indexParams } }),
        }),
      );
      await this.load();
    } catch (error) {
      // Nothing half made remains.
      await this.drop().catch(() => undefined);
      throw error;
    }
  }

  /** Resolves when the collection can be searched. */
  async load(): Promise<void> {
    const what = `load the collection "${this.name}"`;
    const request = { collection_name: this.name };
    // The SDK's own waiting begins with a sleep of 0.4 seconds.
    await callMilvus(what, () => this.client.loadCollectionAsync(request));
    for (;;) {
      const { state } = await callMilvus(what, () => this.client.getLoadState(request));
      if (String(state) !== "LoadStateLoading") return;
      await setTimeout(loadPollMs);
    }
  }

  /**
   * What the collection is.
   *
   * @throws {BrainError} `collection-mismatch` when it can't hold a similarity index.
   */
  async describe(): Promise<CollectionFacts> {
    const fail = (found: string): BrainError =>
      new BrainError(
        "collection-mismatch",
        `Cannot use the collection "${this.name}" as a similarity index: ${found}; expected pk VARCHAR as primary key without auto id, vector FLOAT_VECTOR, sample_id VARCHAR, and an index on vector`,
        { details: { collection: this.name } },
      );
    const { schema, consistency_level: consistencyLevel } = await callMilvus(
      `describe the collection "${this.name}"`,
      () => this.client.describeCollection({ collection_name: this.name }),
    );
    const field = (name: string, type: string) => {
      const found = schema.fields.find((each) => each.name === name);
      if (found === undefined) throw fail(`it has no field ${name}`);
      if (found.data_type !== type) throw fail(`its field ${name} has type ${found.data_type}`);
      return found;
    };
    const key = field("pk", "VarChar");
    if (!key.is_primary_key || key.autoID) throw fail("pk is no primary key of its own");
    field("sample_id", "VarChar");
    const vector = field("vector", "FloatVector");
    const dim = Number(vector.type_params.find(({ key }) => key === "dim")?.value);
    this.#dim = dim;
    const index = await this.#describeIndex();
    if (index === undefined) throw fail("vector has no index");
    const metricName = index.params.get("metric_type") ?? "";
    const metric = metricOfMilvus(metricName);
    if (metric === undefined) throw fail(`its metric is ${metricName}`);
    const indexType = index.params.get("index_type") ?? "";
    return { dim, metric, consistencyLevel, indexType, indexState: index.state };
  }

  async #describeIndex(): Promise<{ params: Map<string, string>; state: string } | undefined> {
    // Without an index Milvus answers an error: that is no failure here.
    const response = await this.client.describeIndex({ collection_name: this.name });
    const index = response.index_descriptions?.find(({ field_name }) => field_name === "vector");
    if (index === undefined) return undefined;
    const params = new Map(index.params.map(({ key, value }) => [key, String(value)]));
    return { params, state: String(index.state) };
  }

  /** Writes rows, which replace those with the same ids. No id may be there twice. */
  async upsert(rows: readonly VectorRow[]): Promise<void> {
    for (const batch of chunksOf(rows, this.#rowsPerMessage)) {
      await callMilvus(`write ${batch.length} vectors to "${this.name}"`, () =>
        this.client.upsert({
          collection_name: this.name,
          data: batch.map(({ id, sampleId, vector }) => ({
            pk: id,
            vector: Array.from(vector),
            sample_id: sampleId,
          })),
        }),
      );
    }
  }

  /** Removes the vectors with these ids, or of these samples, those that are there. */
  async delete(ids: readonly string[], column: "pk" | "sample_id" = "pk"): Promise<void> {
    for (const batch of chunksOf(ids, filterIdsMax)) {
      await callMilvus(`delete vectors from "${this.name}"`, () =>
        this.client.delete({ collection_name: this.name, ...inFilter(column, batch) }),
      );
    }
  }

  async drop(): Promise<void> {
    await callMilvus(`drop the collection "${this.name}"`, () =>
      this.client.dropCollection({ collection_name: this.name }),
    );
  }

  /** How many vectors there are, all writes seen. */
  async count(): Promise<number> {
    const { data } = await callMilvus(`count the vectors of "${this.name}"`, () =>
      this.client.query({
        collection_name: this.name,
        filter: "",
        output_fields: ["count(*)"],
        consistency_level: consistencyNumbers.Strong,
      }),
    );
    return Number(data[0]?.["count(*)"] ?? 0);
  }

  /** The rows of these ids, or of these samples, in no order, those that are there. */
  async get(column: "pk" | "sample_id", ids: readonly string[]): Promise<VectorRow[]> {
    const rows: VectorRow[] = [];
    for (const batch of chunksOf(ids, filterIdsMax)) {
      let found = 0;
      for await (const page of this.#pages(inFilter(column, batch), true)) {
        rows.push(...page);
        found += page.length;
        // An id has one row: there is no need to ask for more.
        if (column === "pk" && found >= batch.length) break;
      }
    }
    return rows;
  }

  /** Which of these ids have a vector. */
  async existing(ids: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    // Each batch is answered at once.
    for (const batch of chunksOf(ids, idRowsMax - 1)) {
      for await (const page of this.#pages(inFilter("pk", batch), false)) {
        for (const { id } of page) found.add(id);
      }
    }
    return found;
  }

  /** All rows by ascending id, page by page; `withVectors: false` leaves the vectors empty. */
  scan(withVectors: boolean): AsyncGenerator<VectorRow[]> {
    return this.#pages(undefined, withVectors);
  }

  /** The `k` (up to 16,384) nearest of each query, nearest first, one search for all queries. */
  async search(
    queries: readonly Float32Array[],
    options: {
      readonly k: number;
      readonly metric: SimilarityMetric;
      readonly ids: IdFilter;
      readonly params?: Readonly<Record<string, unknown>> | undefined;
    },
  ): Promise<VectorHit[][]> {
    const { k, metric, ids, params } = options;
    const response = await callMilvus(`search "${this.name}"`, () =>
      this.client.search({
        collection_name: this.name,
        anns_field: "vector",
        data: queries.map((query) => Array.from(query)),
        limit: k,
        output_fields: ["pk", "sample_id"],
        consistency_level: consistencyNumbers[this.#consistency],
        ...(ids.kind === "all" ? {} : inFilter("pk", ids.ids, ids.kind === "not")),
        ...(params === undefined ? {} : { params: { ...params } }),
      }),
    );
    // The SDK answers one list for a single query, and a list of lists for several.
    const lists: unknown[] = queries.length === 1 ? [response.results] : [...response.results];
    return lists.map((list) =>
      (list as readonly Record<string, unknown>[]).map((hit) => ({
        id: String(hit["pk"]),
        sampleId: String(hit["sample_id"]),
        distance: similarityOf(metric, Number(hit["score"])).distance,
      })),
    );
  }

  /** Rows that pass a filter, by ascending id. Each page begins behind the last one's last id. */
  async *#pages(filter: Filter | undefined, withVectors: boolean): AsyncGenerator<VectorRow[]> {
    const limit = withVectors ? this.#rowsPerMessage : idRowsMax;
    let last = "";
    for (;;) {
      const values = { ...filter?.exprValues, last };
      const condition = filter === undefined ? "" : `${filter.filter} && `;
      const { data } = await callMilvus(`read the vectors of "${this.name}"`, () =>
        this.client.query({
          collection_name: this.name,
          filter: `${condition}pk > {last}`,
          exprValues: values,
          limit,
          output_fields: ["pk", "sample_id", ...(withVectors ? ["vector"] : [])],
          consistency_level: consistencyNumbers.Strong,
          // Rows come by ascending key then, and a limit cuts off the highest ones.
          params: { iterator: "True", reduce_stop_for_best: "True" },
        }),
      );
      if (data.length === 0) return;
      const rows = data.map((row) => ({
        id: String(row["pk"]),
        sampleId: String(row["sample_id"]),
        vector: Float32Array.from(withVectors ? row["vector"] : []),
      }));
      yield rows;
      if (!withVectors && data.length < limit) return;
      // A page may be short of its limit with more to come: servers bound the bytes of an answer.
      last = rows[rows.length - 1].id;
    }
  }

  get #rowsPerMessage(): number {
    const rowBytes = this.#dim * 4 + 64;
    return Math.max(1, Math.min(rowsMax, Math.floor(messageBytesMax / rowBytes)));
  }
}

function inFilter(column: string, ids: readonly string[], isNot = false): Filter {
  return {
    filter: `${column} ${isNot ? "not in" : "in"} {ids}`,
    exprValues: { ids: [...ids] },
  };
}

/** Parts of a list of at most `size`. */
export function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size);
}
