import { must } from "../base/assert.ts";
import { EngineError, isEngineError, messageOf } from "../base/errors.ts";
import type { BuildParameters } from "../index/build-parameters.ts";
import type { BuiltIndex } from "../index/built-index.ts";
import type { IvfQuantizer } from "../index/ivf/ivf-quantizer.ts";
import { presentIn } from "../index/present-rows.ts";
import type { RowRange } from "../index/vector-index.ts";
import type { Field } from "../schema/collection-schema.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { GrowingSegment } from "../segment/growing-segment.ts";
import type { SealedSegment } from "../segment/sealed-segment.ts";
import type { Segment } from "../segment/segment.ts";
import type { SearchedColumn, VectorPlace } from "../segment/segment-vectors.ts";
import type { BuildStep } from "../workers/build-step.ts";
import type { ThreadPool } from "../workers/thread-pool.ts";
import { type BuildRequest, buildIndex, isLongBuild } from "./build-index.ts";
import { buildSourceOf, kindOf, presentRowsOf } from "./build-source.ts";
import type { CollectionManifest } from "./collection-manifest.ts";
import type { CollectionStore } from "./collection-store.ts";
import {
  buildParametersOf,
  type IndexStatus,
  type StoredIndex,
  statusOfScan,
} from "./index-definition.ts";
import { isWorthIndexing, nextRun, scannedBytesOf } from "./index-policy.ts";
import { indexStatus } from "./index-status.ts";

/** An index that is to be built: of a sealed segment, for good, or of a run of a growing one. */
type BuildJob = { readonly index: StoredIndex; readonly field: Field } & (
  | { readonly segment: SealedSegment }
  | { readonly segment: GrowingSegment; readonly rows: RowRange }
);

/**
 * Builds the vector indexes of a collection in the background, one at a time, on the threads that
 * searches leave free. Until an index is there, its rows are searched exactly.
 */
export class IndexBuilder {
  readonly #store: CollectionStore;
  readonly #pool: ThreadPool;
  readonly #isOn: boolean;
  readonly #abort = new AbortController();
  /** What could not be built, by segment and index, until something changes. */
  readonly #failures = new Map<string, string>();
  /** How many rows were found to have no vector at all, by segment and index. */
  readonly #bareRows = new Map<string, number>();
  /** What definitions of indexes say. */
  readonly #parameters = new WeakMap<StoredIndex, BuildParameters>();
  /** The share that is done of what is being built, by segment and index. */
  readonly #progress = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(store: CollectionStore, pool: ThreadPool, isOn: boolean) {
    this.#store = store;
    this.#pool = pool;
    this.#isOn = isOn && pool.canBuild;
  }

  /** To be called when there may be something to build. Returns at once. */
  wake(): void {
    if (!this.#isOn || this.#running !== undefined || this.#abort.signal.aborted) return;
    if (this.#nextJob() === undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits until there is nothing left to build. Throws what the last build failed with. */
  async settle(): Promise<void> {
    this.#failures.clear();
    for (this.wake(); this.#running !== undefined; this.wake()) await this.#running;
    const [failure] = this.#failures.values();
    if (failure !== undefined) throw new EngineError("io", `Cannot build an index: ${failure}`);
  }

  /** Ends what is under way. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  /**
   * Builds the indexes of a segment that no read sees yet, so that reads never miss them. Where that
   * takes long and is waited for, an interim one does, until the background build is done.
   */
  async buildAhead(segment: SealedSegment): Promise<void> {
    if (!this.#isOn) return;
    for (const index of this.#vectorIndexes()) {
      const field = this.#fieldOf(index);
      if (!isWorthIndexing(segment.rowCount, scannedBytesOf(field))) continue;
      try {
        await this.#buildAhead({ segment, index, field });
      } catch (error) {
        // The background build tries again, and reports.
        if (this.#abort.signal.aborted) return;
        this.#failures.set(keyOf(segment, index), messageOf(error));
      } finally {
        this.#progress.delete(keyOf(segment, index));
      }
    }
  }

  async #buildAhead(job: Extract<BuildJob, { segment: SealedSegment }>): Promise<void> {
    const { segment, index, field } = job;
    // Reads will want them too, as soon as they see the segment.
    await segment.load([field.id]);
    const request = await this.#requestOf(job, { rowStart: 0, rowEnd: segment.rowCount });
    if (request === undefined) return;
    if (!isLongBuild(request)) return this.#attach(job, await buildIndex(request));
    const interim = await buildIndex({ ...request, isInterim: true });
    if (this.#isDefined(index)) segment.indexes.set(field.id, index.id, [interim]);
  }

  /** Where the vectors of a field are to lie when they are searched. */
  placeOf(fieldId: number): VectorPlace {
    // What can't build indexes can't search in those that another process has built.
    if (!this.#pool.canBuild) return "unindexed";
    const index = this.#vectorIndexes().find(
      (candidate) => this.#fieldOf(candidate).id === fieldId,
    );
    if (index === undefined) return "memory";
    // Rows of other vectors are not read one by one.
    if (kindOf(this.#fieldOf(index)) !== "dense") return "memory";
    const parameters = this.#parametersOf(index);
    const isOnDisk = parameters?.structure === "ivf" && parameters.vectorsOnDisk;
    return isOnDisk || isMapped(index, this.#store.manifest) ? "file" : "memory";
  }

  /** What there is of an index, and what is to come. */
  statusOf(index: StoredIndex): IndexStatus {
    const { segments } = this.#store;
    const rowCount = segments.reduce((sum, segment) => sum + liveRowCount(segment), 0);
    const isScanned = !this.#pool.canBuild || !this.#vectorIndexes().includes(index);
    if (isScanned) return statusOfScan(index, rowCount);
    return indexStatus(
      segments.map((segment) => ({
        rowCount: liveRowCount(segment),
        isPending: this.#isMissing(segment, index, this.#fieldOf(index)),
        progress: this.#progress.get(keyOf(segment, index)) ?? 0,
        failure: this.#failures.get(keyOf(segment, index)),
        damage: damageOf(segment, this.#fieldOf(index)),
        indexes: this.#current(segment, index, this.#fieldOf(index)),
      })),
      index.type,
    );
  }

  /** Removes what there is of an index whose definition is gone. */
  async discard(index: StoredIndex, field: Field): Promise<void> {
    const store = this.#store;
    for (const segment of store.segments) {
      if (segment.indexes.definitionOf(field.id) === index.id) segment.indexes.delete(field.id);
    }
    await store.maintenance.run(async () => {
      for (const segment of store.sealed) {
        const gone = segment.info.indexes?.filter(({ indexId }) => indexId === index.id) ?? [];
        if (gone.length === 0) continue;
        const rest = segment.info.indexes?.filter((stored) => !gone.includes(stored));
        await store.changeManifest(() => {
          segment.info = { ...segment.info, indexes: rest ?? [] };
          return { segments: store.sealed.map(({ info }) => info) };
        });
        for (const { file } of gone) {
          await store.options.fileSystem.remove(`${segment.path}/${file}`);
        }
      }
    });
  }

  async #run(): Promise<void> {
    for (let job = this.#nextJob(); job !== undefined; job = this.#nextJob()) {
      const key = keyOf(job.segment, job.index);
      try {
        await this.#build(job);
      } catch (error) {
        if (this.#abort.signal.aborted || isEngineError(error, "closed")) return;
        // What was dropped meanwhile need not be built.
        if (this.#isDefined(job.index)) this.#failures.set(key, messageOf(error));
      } finally {
        this.#progress.delete(key);
      }
      if (this.#abort.signal.aborted) return;
    }
  }

  /** Growing segments first: their scans are what a search waits for. */
  #nextJob(): BuildJob | undefined {
    return this.#nextGrowingJob() ?? this.#nextSealedJob();
  }

  #nextGrowingJob(): BuildJob | undefined {
    for (const index of this.#vectorIndexes()) {
      const field = this.#fieldOf(index);
      // Binary vectors are scanned faster than their lists are built.
      if (kindOf(field) === "binary") continue;
      for (const segment of [...this.#store.growing, ...this.#store.sealing]) {
        if (this.#failures.has(keyOf(segment, index))) continue;
        const runs = this.#current(segment, index, field);
        const rows = nextRun(runs, segment.rowCount, scannedBytesOf(field));
        if (rows === undefined || this.#isBare(segment, index)) continue;
        return { index, field, segment, rows };
      }
    }
    return undefined;
  }

  #nextSealedJob(): BuildJob | undefined {
    for (const index of this.#vectorIndexes()) {
      const field = this.#fieldOf(index);
      for (const segment of this.#store.sealed) {
        if (this.#failures.has(keyOf(segment, index))) continue;
        if (this.#isMissing(segment, index, field)) return { index, field, segment };
      }
    }
    return undefined;
  }

  #isMissing(segment: Segment, index: StoredIndex, field: Field): boolean {
    if (segment.state === "growing") return false;
    if (!isWorthIndexing(segment.rowCount, scannedBytesOf(field))) return false;
    if (this.#isBare(segment, index)) return false;
    const { info, damagedIndexes } = segment as SealedSegment;
    const stored = info.indexes?.some(
      ({ fieldId, indexId }) => fieldId === field.id && indexId === index.id,
    );
    return stored !== true || damagedIndexes.has(field.id);
  }

  async #build(job: BuildJob): Promise<void> {
    if ("rows" in job) return this.#buildRun(job);
    const { segment, field } = job;
    const request = await this.#requestOf(job, { rowStart: 0, rowEnd: segment.rowCount });
    if (request === undefined) return;
    const built = await buildIndex(request);
    // A compaction may have replaced the segment meanwhile; while this runs, none can.
    await this.#store.maintenance.run(async () => {
      if (!this.#store.sealed.includes(segment)) return;
      await this.#attach(job, built);
      await this.#store.changeManifest(() => ({
        segments: this.#store.sealed.map(({ info }) => info),
      }));
    });
    if (this.placeOf(field.id) === "file") segment.unloadColumn(field.id);
  }

  /** Indexes rows of a growing segment, in memory only: they are in the log. */
  async #buildRun({
    segment,
    index,
    field,
    rows,
  }: Extract<BuildJob, { rows: RowRange }>): Promise<void> {
    const request = await this.#requestOf({ segment, index, field }, rows);
    if (request === undefined) return;
    const built = await buildIndex(request);
    if (!this.#isDefined(index)) return;
    const before = this.#current(segment, index, field);
    const kept = before.filter(({ rowEnd }) => rowEnd <= rows.rowStart);
    segment.indexes.set(field.id, index.id, [...kept, built]);
  }

  /** Writes the file of an index beside the segment's columns, and shows the index to reads. */
  async #attach(
    { segment, index, field }: Extract<BuildJob, { segment: SealedSegment }>,
    built: BuiltIndex,
  ): Promise<void> {
    if (!this.#isDefined(index)) return;
    const stored = await this.#store.indexFiles.write(segment.path, built, {
      fieldId: field.id,
      indexId: index.id,
    });
    const others = (segment.info.indexes ?? []).filter(({ fieldId }) => fieldId !== field.id);
    segment.info = { ...segment.info, indexes: [...others, stored] };
    segment.damagedIndexes.delete(field.id);
    segment.indexes.set(field.id, index.id, [built]);
  }

  /** Whether the segment was found to have no vectors, or so few rows more that it hardly has by now. */
  #isBare(segment: Segment, index: StoredIndex): boolean {
    const bareRows = this.#bareRows.get(keyOf(segment, index));
    return bareRows !== undefined && segment.rowCount < 2 * bareRows;
  }

  /** `undefined` when none of the rows has a vector. */
  async #requestOf(
    { segment, index, field }: { segment: Segment; index: StoredIndex; field: Field },
    rows: RowRange,
  ): Promise<BuildRequest | undefined> {
    // That of a field with vectors.
    const column = (await segment.readColumn(field.id)) as SearchedColumn;
    const present = presentRowsOf(column);
    if (presentIn(present, rows).count === 0) {
      this.#bareRows.set(keyOf(segment, index), rows.rowEnd);
      return undefined;
    }
    const { signal } = this.#abort;
    const runAll: BuildRequest["run"] = (steps, onProgress) =>
      this.#pool.run(steps, { signal, ...(onProgress && { onProgress }) });
    const key = keyOf(segment, index);
    return {
      source: buildSourceOf(column, present),
      rows,
      metric: must(index.metric, "metric of a vector index"),
      parameters: buildParametersOf(this.#store.manifest.schema, index),
      isInterim: segment.state === "growing",
      quantizer: this.#quantizerOf(field, index),
      collectionRows: this.#store.segments.reduce((sum, { rowCount }) => sum + rowCount, 0),
      run: segment.state === "growing" ? (steps) => this.#runOneByOne(steps) : runAll,
      onProgress: (share) => this.#progress.set(key, Math.max(share, this.#progress.get(key) ?? 0)),
      onInterim: (interim) => {
        if (this.#isDefined(index)) segment.indexes.set(field.id, index.id, [interim]);
      },
    };
  }

  /**
   * Runs a build that goes beside writes and searches: it is in no hurry, and must leave them a core
   * where there are but two.
   */
  async #runOneByOne(steps: readonly BuildStep[]): Promise<readonly unknown[]> {
    const { signal } = this.#abort;
    const results: unknown[] = [];
    for (const step of steps) results.push(...(await this.#pool.run([step], { signal })));
    return results;
  }

  /** The newest centroids that segments of this field have in memory. */
  #quantizerOf(field: Field, index: StoredIndex): IvfQuantizer | undefined {
    const newest = (a: IvfQuantizer | undefined, b: IvfQuantizer): IvfQuantizer =>
      a === undefined || b.trainedRows > a.trainedRows ? b : a;
    let found: IvfQuantizer | undefined;
    for (const segment of this.#store.segments) {
      for (const built of this.#current(segment, index, field)) {
        if (built.kind === "ivf") found = newest(found, built.quantizer);
      }
    }
    return found;
  }

  /** What a segment has in memory for this definition of an index. */
  #current(segment: Segment, index: StoredIndex, field: Field): readonly BuiltIndex[] {
    const isOfIndex = segment.indexes.definitionOf(field.id) === index.id;
    return isOfIndex ? segment.indexes.of(field.id) : [];
  }

  /** The indexes for which there is something to build. */
  #vectorIndexes(): readonly StoredIndex[] {
    return this.#store.manifest.indexes.filter((index) => {
      const structure = index.metric && this.#parametersOf(index)?.structure;
      return structure !== undefined && structure !== "flat";
    });
  }

  /** `undefined` for what an older version took and this one refuses: such rows are scanned. */
  #parametersOf(index: StoredIndex): BuildParameters | undefined {
    // A definition is never changed, only replaced, and every search asks.
    const known = this.#parameters.get(index);
    if (known !== undefined) return known;
    try {
      const parameters = buildParametersOf(this.#store.manifest.schema, index);
      this.#parameters.set(index, parameters);
      return parameters;
    } catch (error) {
      if (isEngineError(error, "invalid-parameter")) return undefined;
      throw error;
    }
  }

  #isDefined(index: StoredIndex): boolean {
    return this.#store.manifest.indexes.some(({ id }) => id === index.id);
  }

  #fieldOf({ field }: StoredIndex): Field {
    return must(fieldNamed(this.#store.manifest.schema, field), `field of an index: ${field}`);
  }
}

/** Milvus's way to say that data is to be read from the disk when it is needed. */
function isMapped(index: StoredIndex, { properties }: CollectionManifest): boolean {
  const wanted = index.params["mmap.enabled"] ?? properties["mmap.enabled"];
  return wanted?.toLowerCase() === "true";
}

function liveRowCount({ rowCount, deleted }: Segment): number {
  return rowCount - deleted.count;
}

/** Why an index is built anew, if it is because its file was damaged. */
function damageOf(segment: Segment, field: Field): string | undefined {
  return segment.state === "sealed"
    ? (segment as SealedSegment).damagedIndexes.get(field.id)
    : undefined;
}

function keyOf(segment: Segment, index: StoredIndex): string {
  return `${segment.id} ${index.id}`;
}
