import { BrainError } from "../base/brain-error.ts";
import { encodeText } from "../schema/encode-label.ts";
import type { FieldInfo, FieldValue } from "../schema/field.ts";
import { columnName, standardFields } from "../schema/field-column.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { NewSample } from "../schema/sample.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import type { SqlRow, SqlValue } from "../store/sql-value.ts";
import type { Store, Transaction } from "../store/store.ts";
import { SampleCollection, type View, viewFromJSON } from "../view/sample-collection.ts";
import type { SampleSource } from "../view/sample-source.ts";
import type { Stage } from "../view/stage.ts";
import { type AddSamplesOptions, addSamples, type SampleWriterContext } from "./add-samples.ts";
import {
  type ComputeMetadataOptions,
  type ComputeMetadataResult,
  computeMetadata,
} from "./compute-metadata.ts";
import type { DatasetChange, DatasetListener } from "./dataset-change.ts";
import { type DatasetProperties, readProperties, writeProperties } from "./dataset-properties.ts";
import type { DatasetSchema } from "./dataset-schema.ts";
import { deleteLabels, type LabelSelection, labelsOf } from "./delete-labels.ts";
import { noteRemoved } from "./removed-items.ts";
import { deleteSavedView, findSavedView, listSavedViews, writeSavedView } from "./saved-views.ts";
import { setLabelValues } from "./set-label-values.ts";
import { refuseMissing, type SampleUpdate, updateSamples } from "./update-samples.ts";

/** What a dataset is made from, by the registry. */
export interface DatasetParts {
  readonly store: Store;
  readonly schema: DatasetSchema;
  readonly properties: DatasetProperties;
  readonly folder: string;
  readonly now: () => Date;
  readonly place: DatasetPlace;
}

/** What a dataset asks of the registry that it came from. */
export interface DatasetPlace {
  /** Forgets the dataset, which is closing; what opens it again waits for `closed`. */
  closing(closed: Promise<void>): void;
  setPersistent(persistent: boolean): Promise<void>;
  /** Removes the folder of the dataset, which is closed. */
  remove(): Promise<void>;
}

/**
 * A dataset, open: samples with fields and labels, in a folder of its own. All of a process share one
 * object for a dataset. After `close()` its methods reject with `dataset-closed`.
 */
export class Dataset extends SampleCollection<Dataset> implements SampleSource {
  override readonly dataset: Dataset = this;
  override readonly stages: readonly Stage[] = [];
  /** The folder of the dataset: its database, and what indexes and runs keep beside it. */
  readonly folder: string;
  /** The dataset's database, for tables of other parts of the brain. */
  readonly store: Store;
  readonly #schema: DatasetSchema;
  readonly #now: () => Date;
  readonly #place: DatasetPlace;
  readonly #listeners = new Set<DatasetListener>();
  #properties: DatasetProperties;
  #closing: Promise<void> | undefined;

  constructor(parts: DatasetParts) {
    super();
    this.folder = parts.folder;
    this.store = parts.store;
    this.#schema = parts.schema;
    this.#now = parts.now;
    this.#place = parts.place;
    this.#properties = parts.properties;
  }

  get name(): string {
    return this.#properties.name;
  }

  /** Whether the dataset stays when the process ends. */
  get persistent(): boolean {
    return this.#properties.persistent;
  }

  get createdAt(): Date {
    return this.#properties.createdAt;
  }

  get description(): string {
    return this.#properties.description;
  }

  get tags(): readonly string[] {
    return this.#properties.tags;
  }

  /** Whatever the user wants to say of the dataset. */
  get info(): Readonly<Record<string, JsonValue>> {
    return this.#properties.info;
  }

  /** The classes of label fields, by field. */
  get classes(): Readonly<Record<string, readonly string[]>> {
    return this.#properties.classes;
  }

  get defaultClasses(): readonly string[] {
    return this.#properties.defaultClasses;
  }

  /** Changes what is said of the dataset as a whole; what is not given stays. */
  async setProperties(properties: Partial<EditableProperties>): Promise<void> {
    for (const name of Object.keys(properties)) {
      if (editableProperties.has(name)) continue;
      throw new BrainError("invalid-argument", `A dataset has no property "${name}" to set`);
    }
    await writeProperties(this.store, properties);
    this.#properties = await readProperties(this.store);
  }

  /** Says whether the dataset stays when the process ends. */
  async setPersistent(persistent: boolean): Promise<void> {
    await this.#place.setPersistent(persistent);
    await writeProperties(this.store, { persistent });
    this.#properties = await readProperties(this.store);
  }

  fields(): readonly FieldInfo[] {
    return this.#schema.fields;
  }

  /** Adds a field, without a value in any sample. */
  async addField(field: FieldInfo): Promise<void> {
    await this.#changeSchema((transaction) => this.#schema.add(transaction, field, false));
  }

  /** Removes a field with its values. */
  async deleteField(name: string): Promise<void> {
    await this.#changeSchema(async (transaction) => {
      this.#schema.ownField(name);
      await transaction.query(
        `ALTER TABLE samples DROP COLUMN ${quoteIdentifier(columnName(name))}`,
      );
      await transaction.query("DELETE FROM fields WHERE name = $1", [name]);
    });
    await this.#tell({ kind: "field-deleted", field: name });
  }

  async renameField(from: string, to: string): Promise<void> {
    await this.#changeSchema(async (transaction) => {
      this.#schema.ownField(from);
      if (from.toLowerCase() !== to.toLowerCase()) this.#schema.checkName(to);
      await transaction.query(
        `ALTER TABLE samples RENAME COLUMN ${quoteIdentifier(columnName(from))} TO ${quoteIdentifier(to)}`,
      );
      await transaction.query("UPDATE fields SET name = $2 WHERE name = $1", [from, to]);
    });
    await this.#tell({ kind: "field-renamed", from, to });
  }

  /** Describes a field, or says whether it may be changed. */
  async setFieldInfo(
    name: string,
    { description, readOnly }: Pick<FieldInfo, "description" | "readOnly">,
  ): Promise<void> {
    await this.#changeSchema(async (transaction) => {
      this.#schema.field(name);
      if (standardFields.some((field) => field.name === name)) this.#schema.ownField(name);
      if (description !== undefined) {
        const params = [name, description];
        await transaction.query("UPDATE fields SET description = $2 WHERE name = $1", params);
      }
      if (readOnly !== undefined) {
        const params = [name, readOnly];
        await transaction.query("UPDATE fields SET read_only = $2 WHERE name = $1", params);
      }
    });
  }

  /** Adds one sample; answers its id. */
  async addSample(sample: NewSample, options: AddSamplesOptions = {}): Promise<string> {
    const [id = ""] = await this.addSamples([sample], options);
    return id;
  }

  /**
   * Adds samples, batch by batch, each whole or not at all; answers their ids in order. Throws
   * `duplicate-id`, `duplicate-filepath`, `value-invalid`, `field-type-mismatch`, `cancelled`, with
   * `details.addedCount`.
   */
  async addSamples(
    samples: Iterable<NewSample> | AsyncIterable<NewSample>,
    options: AddSamplesOptions = {},
  ): Promise<string[]> {
    const ids = await addSamples(this.#context(), samples, options);
    if (ids.length > 0) await this.#tell({ kind: "samples-added", ids });
    return ids;
  }

  /** Removes samples with all their labels; ids that are not there are passed over. */
  async deleteSamples(which: SampleSelection): Promise<number> {
    const ids = await idsOf(which, "delete the samples");
    const deleted = await this.store.transaction(async (transaction) => {
      const chosen = "FROM samples WHERE id IN (SELECT unnest($1))";
      const rows = await transaction.query(`SELECT id ${chosen}`, [ids]);
      const removed = rows.map(({ id }) => String(id));
      // With RETURNING it would read all columns of what it removes.
      await transaction.query(`DELETE ${chosen}`, [ids]);
      await noteRemoved(transaction, "sample", removed);
      return removed;
    });
    if (deleted.length > 0) await this.#tell({ kind: "samples-deleted", ids: deleted });
    return deleted.length;
  }

  /** Removes labels by id, by tag, or those that a view shows; answers how many. */
  async deleteLabels(which: LabelSelection | SampleCollection): Promise<number> {
    const selection = which instanceof SampleCollection ? await labelsOf(which) : which;
    const deleted = await deleteLabels(this.#context(), selection);
    let count = 0;
    for (const [field, ids] of deleted) {
      count += ids.length;
      await this.#tell({ kind: "labels-deleted", field, ids });
    }
    return count;
  }

  /**
   * Sets a field: in the order of the samples, or by sample id. `null` takes a value away. With a path
   * into labels (`predictions.detections.confidence`) the values are by label id, and what labels do
   * not have becomes one of their attributes.
   */
  async setValues(
    path: string,
    values: readonly unknown[] | ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const entries = await this.#entriesById(path, values);
    if (path.includes(".")) {
      // Checked member by member when they are stored.
      await setLabelValues(this.#context(), path, new Map(entries) as Map<string, JsonValue>);
    } else {
      await this.updateSamples(entries.map(([id, value]) => ({ id, [path]: value as FieldValue })));
    }
  }

  /** Stores new values for some fields of some samples, all or none; `null` takes a value away. */
  async updateSamples(updates: Iterable<SampleUpdate>): Promise<void> {
    await updateSamples(this.#context(), [...updates]);
  }

  /** Adds tags to samples that have them not, to all of the dataset by default. */
  async tagSamples(tags: string | readonly string[], which?: SampleSelection): Promise<void> {
    const missing = "list_filter($1, lambda tag: NOT list_contains(tags, tag))";
    await this.#editTags([tags].flat(), which, `list_concat(tags, ${missing})`);
  }

  /** Takes tags from samples that have them, from all of the dataset by default. */
  async untagSamples(tags: string | readonly string[], which?: SampleSelection): Promise<void> {
    const kept = "list_filter(tags, lambda tag: NOT list_contains($1, tag))";
    await this.#editTags([tags].flat(), which, kept);
  }

  /** Reads the headers of the image files and stores size, type, width, height and channels. */
  async computeMetadata(options: ComputeMetadataOptions = {}): Promise<ComputeMetadataResult> {
    return await computeMetadata(this.#context(), options);
  }

  /**
   * Keeps a view under a name, as rules: it is evaluated anew when it is loaded. Results of similarity
   * searches in it are kept as ids. Throws `view-exists`, `collection-mismatch`.
   */
  async saveView(
    name: string,
    view: SampleCollection<Dataset>,
    { overwrite = false }: { readonly overwrite?: boolean } = {},
  ): Promise<void> {
    if (view.dataset !== this) {
      throw new BrainError(
        "collection-mismatch",
        `Cannot save a view of dataset "${view.dataset.name}" in dataset "${this.name}"`,
      );
    }
    const { stages } = await view.freeze();
    await writeSavedView(this.store, { name, stages, time: this.#now() }, overwrite);
  }

  /** The view that was saved. Throws `view-not-found`. */
  async loadSavedView(name: string): Promise<View<Dataset>> {
    const { stages } = await findSavedView(this.store, name);
    return viewFromJSON<Dataset>(this, stages);
  }

  /** The names of the saved views, sorted. */
  async listSavedViews(): Promise<string[]> {
    return (await listSavedViews(this.store)).map(({ name }) => name);
  }

  /** Forgets a saved view. Throws `view-not-found`. */
  async deleteSavedView(name: string): Promise<void> {
    await deleteSavedView(this.store, name);
  }

  async query(sql: string, params: readonly SqlValue[]): Promise<SqlRow[]> {
    return await this.store.query(sql, params);
  }

  stream(sql: string, params: readonly SqlValue[]): AsyncIterable<SqlRow[]> {
    return this.store.stream(sql, params);
  }

  /** Calls `listener` for each change until the function that is answered is called. */
  onChange(listener: DatasetListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Closes the dataset's files, for all who have it. Idempotent. */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#close();
      this.#place.closing(this.#closing);
    }
    await this.#closing;
  }

  /** Closes the dataset and removes it, with its indexes and runs; the images stay. */
  async delete(): Promise<void> {
    await this.close();
    await this.#place.remove();
  }

  async #close(): Promise<void> {
    try {
      await this.#tell({ kind: "closing" });
    } finally {
      this.#listeners.clear();
      await this.store.close();
    }
  }

  #context(): SampleWriterContext {
    return { store: this.store, schema: this.#schema, now: this.#now };
  }

  async #changeSchema(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    await this.#schema.change(this.store, work);
  }

  async #editTags(
    tags: readonly string[],
    which: SampleSelection | undefined,
    edited: string,
  ): Promise<void> {
    const texts = [...new Set(tags.map((tag) => encodeText(tag, "tags")))];
    const ids = which === undefined ? undefined : await idsOf(which, "tag the samples");
    await this.store.transaction(async (transaction) => {
      if (ids !== undefined) await refuseMissing(transaction, ids);
      const where = ids === undefined ? "" : "AND id IN (SELECT unnest($3))";
      await transaction.query(
        `UPDATE samples SET tags = ${edited}, last_modified_at = $2
         WHERE tags IS DISTINCT FROM ${edited} ${where}`,
        [texts, this.#now(), ...(ids === undefined ? [] : [ids])],
      );
    });
  }

  async #entriesById(
    path: string,
    values: readonly unknown[] | ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>,
  ): Promise<[string, unknown][]> {
    if (values instanceof Map) return [...values];
    if (!Array.isArray(values)) return Object.entries(values);
    const ids = path.includes(".") ? [] : await this.ids();
    if (ids.length === values.length) return ids.map((id, index) => [id, values[index]]);
    throw new BrainError(
      "invalid-argument",
      `Cannot set "${path}": ${values.length} values are given for ${ids.length} samples. ` +
        "Give one a sample, or a Map from ids to values (of labels, for a path into labels)",
      { details: { path, valueCount: values.length, sampleCount: ids.length } },
    );
  }

  async #tell(change: DatasetChange): Promise<void> {
    for (const listener of [...this.#listeners]) await listener(change);
  }
}

/** Samples by id, or those of a view. */
export type SampleSelection = string | readonly string[] | SampleCollection;

/** What the user may say of a dataset. */
export type EditableProperties = Pick<
  DatasetProperties,
  "description" | "tags" | "info" | "classes" | "defaultClasses"
>;

const editableProperties: ReadonlySet<string> = new Set([
  "description",
  "tags",
  "info",
  "classes",
  "defaultClasses",
] satisfies (keyof EditableProperties)[]);

async function idsOf(which: SampleSelection, what: string): Promise<readonly string[]> {
  if (typeof which === "string") return [which];
  if (!(which instanceof SampleCollection)) return which;
  if (!which.isPatches) return await which.ids();
  throw new BrainError(
    "view-invalid",
    `Cannot ${what} of a patches view: its ids are those of labels. Give the ids of samples`,
  );
}
