import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { Sample } from "../schema/sample.ts";
import { expressionOf } from "./aggregate.ts";
import type {
  Aggregation,
  AggregationResult,
  AggregationResults,
  Histogram,
  HistogramOptions,
  PathOrExpression,
} from "./aggregation.ts";
import type { ResultValue } from "./decode-result.ts";
import { fieldsOf, type ReadRange, readAggregations, readSamples, readValues } from "./evaluate.ts";
import { Expression, type ExpressionInput, nodeOf } from "./expression.ts";
import { parseStage, parseStages } from "./parse-stage.ts";
import type { SampleSource } from "./sample-source.ts";
import { resolveSimilarity } from "./similarity-hook.ts";
import type { LabelCriteria, Stage, StageKind } from "./stage.ts";

/** What `sortBySimilarity` takes beside the query. */
export interface SortBySimilarityOptions {
  /** How many to keep. */
  readonly k?: number;
  /** The least similar first. */
  readonly reverse?: boolean;
  /** The field that gets the distances. */
  readonly distField?: string;
  /** Which similarity index. Default: the one that fits. */
  readonly brainKey?: string;
}

/** A group of a `groupBy` view. */
export interface Group<D extends SampleSource = SampleSource> {
  readonly value: ResultValue;
  readonly count: number;
  /** All samples of the group. */
  readonly view: View<D>;
}

/** A path, an expression, or several of them with their directions, of which the first counts most. */
export type SortOrder =
  | PathOrExpression
  | readonly (PathOrExpression | readonly [by: PathOrExpression, direction: "asc" | "desc"])[];

/**
 * The samples of a dataset, or of a view of it: what both can do. Nothing is read before a method that
 * answers a promise is called, and each call sees the dataset as it is then.
 *
 * Stage methods throw `view-invalid` or `expression-invalid` for arguments that make no sense by
 * themselves. Reading throws `field-not-found` for a field that is not there, or not there any more.
 */
export abstract class SampleCollection<D extends SampleSource = SampleSource>
  implements AsyncIterable<Sample>
{
  readonly mediaType = "image";
  abstract readonly dataset: D;
  /** What the view does to the dataset, in order: plain JSON. */
  abstract readonly stages: readonly Stage[];
  #resolved: Promise<readonly Stage[]> | undefined;

  /** The field that the patches of a patches view come from. */
  get patchesField(): string | undefined {
    const stage = this.stages.find(({ kind }) => kind === "toPatches");
    return stage?.kind === "toPatches" ? stage.params.field : undefined;
  }

  /** Whether the rows are patches: single labels, with ids of their own. */
  get isPatches(): boolean {
    return this.patchesField !== undefined;
  }

  /** The fields that samples of this collection have. */
  viewFields(): readonly FieldInfo[] {
    // These leave the fields as they are, and may have a search in them that was not made yet.
    const others = this.stages.filter(
      ({ kind }) => kind !== "sortBySimilarity" && kind !== "concat",
    );
    return fieldsOf(this.dataset, others);
  }

  /** How many samples there are; with a path, how many values, those in lists one by one. */
  async count(of?: PathOrExpression): Promise<number> {
    return await this.#aggregateOne(of === undefined ? { kind: "count" } : { kind: "count", of });
  }

  /** The first sample. Throws `id-not-found` if there is none. */
  async first(): Promise<Sample> {
    return await this.#one({ count: 1 });
  }

  /** The last sample. Throws `id-not-found` if there is none. */
  async last(): Promise<Sample> {
    return await this.#one({ count: 1, fromEnd: true });
  }

  /** The first samples, at most `count`. */
  async head(count = 3): Promise<Sample[]> {
    return await this.limit(count).samples();
  }

  /** The sample of an id, or the first of a file path. Throws `id-not-found` if there is none. */
  async sample(idOrFilepath: string): Promise<Sample> {
    return await this.#one({ count: 1, idOrFilepath });
  }

  /** Whether there is a sample, or in a patches view a patch, of this id. */
  async has(id: string): Promise<boolean> {
    return (await this.select([id]).count()) > 0;
  }

  /** All samples at once; iterate over the collection where they may be many. */
  async samples(): Promise<Sample[]> {
    const samples: Sample[] = [];
    for await (const sample of this) samples.push(sample);
    return samples;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Sample> {
    for await (const chunk of readSamples(this.dataset, await this.#resolve())) yield* chunk;
  }

  /** The ids in order: of samples, or in a patches view of patches, which are those of the labels. */
  async ids(): Promise<string[]> {
    return (await this.values("id")).map(String);
  }

  /**
   * The value of a path or expression for each sample, in order. Behind a list there is a list for each
   * sample: `values("ground_truth.detections.label")` gives an array of arrays.
   */
  async values(of: PathOrExpression): Promise<ResultValue[]> {
    const values: ResultValue[] = [];
    for await (const chunk of readValues(this.dataset, await this.#resolve(), of)) {
      for (const value of chunk) values.push(value);
    }
    return values;
  }

  /** The samples for which a condition holds. */
  match(filter: ExpressionInput): View<D> {
    return this.#with("match", { filter: nodeOf(filter) });
  }

  /** The samples with any of the tags, or all of them; with `bool: false` the others. */
  matchTags(
    tags: string | readonly string[],
    options: { readonly bool?: boolean; readonly all?: boolean } = {},
  ): View<D> {
    return this.#with("matchTags", { tags: [tags].flat(), ...options });
  }

  /** The samples with a label that meets all that is given; with `bool: false` the others. */
  matchLabels(
    criteria: LabelCriteria & { readonly filter?: ExpressionInput; readonly bool?: boolean },
  ): View<D> {
    const { filter, ...rest } = criteria;
    return this.#with("matchLabels", {
      ...rest,
      ...(filter !== undefined && { filter: nodeOf(filter) }),
    });
  }

  /**
   * Takes out of a field the labels for which the condition does not hold; paths in it start at the
   * label. Samples that are left without any are taken out too, but with `onlyMatches: false`.
   */
  filterLabels(
    field: string,
    filter: ExpressionInput,
    options: { readonly onlyMatches?: boolean } = {},
  ): View<D> {
    return this.#with("filterLabels", { field, filter: nodeOf(filter), ...options });
  }

  /** The same for a field without labels; `F()` in the condition is the field's value. */
  filterField(
    field: string,
    filter: ExpressionInput,
    options: { readonly onlyMatches?: boolean } = {},
  ): View<D> {
    return this.#with("filterField", { field, filter: nodeOf(filter), ...options });
  }

  /** The samples that have a value at the path; with `false` those that have none. */
  exists(path: string, bool = true): View<D> {
    return this.#with("exists", { path, bool });
  }

  /** Orders the samples; equal ones stay as they were. What is missing comes first, in reverse last. */
  sortBy(order: SortOrder, options: { readonly reverse?: boolean } = {}): View<D> {
    const reverse = options.reverse ?? false;
    const keys = typeof order === "string" || order instanceof Expression ? [order] : order;
    return this.#with("sortBy", {
      keys: keys.map((key) => {
        if (typeof key === "string" || key instanceof Expression) {
          return { by: expressionOf(key).node, reverse };
        }
        const [by, direction] = key;
        return { by: expressionOf(by).node, reverse: (direction === "desc") !== reverse };
      }),
    });
  }

  limit(count: number): View<D> {
    return this.#with("limit", { count });
  }

  skip(count: number): View<D> {
    return this.#with("skip", { count });
  }

  /** Some samples at random, in random order: the same ones for the same seed, by default 0. */
  take(count: number, options: { readonly seed?: number } = {}): View<D> {
    return this.#with("take", { count, ...options });
  }

  /** A random order: the same one for the same seed, by default 0. */
  shuffle(options: { readonly seed?: number } = {}): View<D> {
    return this.#with("shuffle", options);
  }

  /** The samples, or patches, of the ids that are there; with `ordered` in the order of the ids. */
  select(ids: string | Iterable<string>, options: { readonly ordered?: boolean } = {}): View<D> {
    return this.#with("select", { ids: idList(ids), ...options });
  }

  exclude(ids: string | Iterable<string>): View<D> {
    return this.#with("exclude", { ids: idList(ids) });
  }

  /** Only these fields, beside the standard ones. */
  selectFields(fields: string | readonly string[] = []): View<D> {
    return this.#with("selectFields", { fields: [fields].flat() });
  }

  excludeFields(fields: string | readonly string[]): View<D> {
    return this.#with("excludeFields", { fields: [fields].flat() });
  }

  /**
   * Only the labels that meet all that is given, and no other label fields. Samples that are left
   * without labels are taken out, but with `omitEmpty: false`.
   */
  selectLabels(criteria: LabelCriteria & { readonly omitEmpty?: boolean } = {}): View<D> {
    return this.#with("selectLabels", { ...criteria });
  }

  /** Takes out the labels with any of the ids or tags; without those, all labels of the fields. */
  excludeLabels(criteria: LabelCriteria & { readonly omitEmpty?: boolean }): View<D> {
    return this.#with("excludeLabels", { ...criteria });
  }

  /** Renames the labels of a field; those that the map does not have stay. */
  mapLabels(field: string, map: Readonly<Record<string, string>>): View<D> {
    return this.#with("mapLabels", { field, map });
  }

  /** The first labels of each sample's list. */
  limitLabels(field: string, count: number): View<D> {
    return this.#with("limitLabels", { field, count });
  }

  /** These samples, then those of another collection of the same dataset. Samples may come twice. */
  concat(other: SampleCollection<D>): View<D> {
    if (other.dataset.name !== this.dataset.name) {
      throw new BrainError(
        "collection-mismatch",
        `Cannot concat views of two datasets, "${this.dataset.name}" and "${other.dataset.name}"`,
      );
    }
    return this.#with("concat", { stages: other.stages });
  }

  /** The first sample of each group of samples with an equal value; `groups()` gives them all. */
  groupBy(by: PathOrExpression): View<D> {
    return this.#with("groupBy", { by: expressionOf(by).node });
  }

  /** The groups of a view that ends in `groupBy`, the largest first. */
  async groups(): Promise<Group<D>[]> {
    const last = this.stages.at(-1);
    if (last?.kind !== "groupBy") {
      throw new BrainError(
        "view-invalid",
        "Cannot list groups: the view's last stage is not groupBy",
      );
    }
    const all = new View(this.dataset, this.stages.slice(0, -1));
    const by = new Expression(last.params.by);
    const counts = await all.countValues(by);
    return [...counts].map(([value, count]) => {
      // Grouping takes single values only, which stand in expressions as they are.
      const view = all.match(by.eq(value as ExpressionInput));
      return { value, count, view };
    });
  }

  /** One patch a label of a field of detections or polylines, whose id is the label's. */
  toPatches(field: string): View<D> {
    return this.#with("toPatches", { field });
  }

  /**
   * The samples or patches most similar to ids, vectors or prompts, by a similarity index. The search is
   * made once, when the view is first read.
   */
  sortBySimilarity(
    query: JsonValue | Float32Array,
    options: SortBySimilarityOptions = {},
  ): View<D> {
    const plain = query instanceof Float32Array ? [...query] : query;
    return this.#with("sortBySimilarity", { query: plain, ...options });
  }

  /** This collection with stages behind its own. Throws `view-invalid` for what is no stage. */
  addStages(stages: unknown): View<D> {
    return new View(this.dataset, [...this.stages, ...parseStages(stages)]);
  }

  /** The values that there are, each once, sorted. */
  async distinct(of: PathOrExpression): Promise<ResultValue[]> {
    return await this.#aggregateOne({ kind: "distinct", of });
  }

  /** How often each value is there, the most frequent first; `null` stands for what is missing. */
  async countValues(of: PathOrExpression): Promise<Map<ResultValue, number>> {
    return await this.#aggregateOne({ kind: "countValues", of });
  }

  /** The least and greatest value; both `null` if there are none. */
  async bounds(of: PathOrExpression): Promise<AggregationResults["bounds"]> {
    return await this.#aggregateOne({ kind: "bounds", of });
  }

  /** How many values are in each of some ranges of equal width. */
  async histogramValues(of: PathOrExpression, options: HistogramOptions = {}): Promise<Histogram> {
    return await this.#aggregateOne({ kind: "histogramValues", of, ...options });
  }

  async mean(of: PathOrExpression): Promise<number | null> {
    return await this.#aggregateOne({ kind: "mean", of });
  }

  /** The standard deviation of the whole population. */
  async std(of: PathOrExpression): Promise<number | null> {
    return await this.#aggregateOne({ kind: "std", of });
  }

  async sum(of: PathOrExpression): Promise<number | null> {
    return await this.#aggregateOne({ kind: "sum", of });
  }

  /** Several aggregations in one pass over the samples, and their results in the same order. */
  async aggregate<const A extends readonly Aggregation[]>(
    aggregations: A,
  ): Promise<{ -readonly [I in keyof A]: AggregationResult<A[I]> }> {
    const results = await readAggregations(this.dataset, await this.#resolve(), aggregations);
    // Each result is of the kind of its aggregation, which is what the type says.
    return results as { -readonly [I in keyof A]: AggregationResult<A[I]> };
  }

  /** The view with the results of its similarity searches in it, so that it gives the same ids for ever. */
  async freeze(): Promise<View<D>> {
    return new View(this.dataset, await this.#resolve());
  }

  /** The stages, of which `viewFromJSON` makes the view again. */
  toJSON(): readonly Stage[] {
    return this.stages;
  }

  /** Whether both do the same to the same dataset. */
  equals(other: SampleCollection<D>): boolean {
    return (
      this.dataset.name === other.dataset.name &&
      JSON.stringify(this.stages) === JSON.stringify(other.stages)
    );
  }

  #with(kind: StageKind, params: object): View<D> {
    return new View(this.dataset, [...this.stages, parseStage({ kind, params })]);
  }

  async #aggregateOne<A extends Aggregation>(aggregation: A): Promise<AggregationResult<A>> {
    const [result] = await this.aggregate([aggregation]);
    return result;
  }

  async #one(range: ReadRange): Promise<Sample> {
    for await (const [sample] of readSamples(this.dataset, await this.#resolve(), range)) {
      if (sample !== undefined) return sample;
    }
    const { idOrFilepath: wanted } = range;
    throw new BrainError(
      "id-not-found",
      wanted === undefined
        ? `There is no sample in this view of "${this.dataset.name}"`
        : `There is no sample with the id or file path "${wanted}" in this view of "${this.dataset.name}"`,
      { details: wanted === undefined ? {} : { idOrFilepath: wanted } },
    );
  }

  #resolve(): Promise<readonly Stage[]> {
    if (this.#resolved === undefined) {
      this.#resolved = resolveSimilarity(this.dataset, this.stages);
      // A search that failed may work the next time.
      this.#resolved.catch(() => {
        this.#resolved = undefined;
      });
    }
    return this.#resolved;
  }
}

/** Stages on a dataset: immutable, evaluated when it is read. */
export class View<D extends SampleSource = SampleSource> extends SampleCollection<D> {
  override readonly dataset: D;
  override readonly stages: readonly Stage[];

  constructor(dataset: D, stages: readonly Stage[] = []) {
    super();
    this.dataset = dataset;
    this.stages = stages;
  }
}

/**
 * The view that `toJSON` gave. Foreign JSON is checked: nothing in it reaches the database but as a
 * value or the name of a field that there is. Throws `view-invalid` or `expression-invalid`.
 */
export function viewFromJSON<D extends SampleSource>(dataset: D, json: unknown): View<D> {
  return new View(dataset, parseStages(json));
}

function idList(ids: string | Iterable<string>): string[] {
  return typeof ids === "string" ? [ids] : [...ids];
}
