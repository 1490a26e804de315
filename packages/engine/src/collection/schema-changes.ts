import { EngineError } from "../base/errors.ts";
import {
  addDynamicField,
  addField,
  addStruct,
  alterField,
  dropDynamicField,
  dropField,
  type FieldChange,
} from "../schema/alter-schema.ts";
import type {
  CollectionSchema,
  FieldDefinition,
  StructArrayDefinition,
} from "../schema/collection-schema.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { CollectionManifest } from "./collection-manifest.ts";
import type { CollectionStore } from "./collection-store.ts";
import type { IndexBuilder } from "./index-builder.ts";
import type { StoredIndex } from "./index-definition.ts";
import { ttlFieldProperty } from "./row-expiry.ts";

/**
 * Changes of a live collection's schema. Each is one change of the manifest: rows keep their files,
 * and what these lack is read as the default value, or null. Writes that were prepared before are
 * completed in the same way. Methods throw `schema-invalid` with Milvus's texts.
 */
export class SchemaChanges {
  readonly #store: CollectionStore;
  readonly #builder: IndexBuilder;

  constructor(store: CollectionStore, builder: IndexBuilder) {
    this.#store = store;
    this.#builder = builder;
  }

  async addField(definition: FieldDefinition): Promise<void> {
    await this.#store.changeSchema(({ schema }) => addField(schema, definition));
  }

  async addStruct(definition: StructArrayDefinition): Promise<void> {
    await this.#store.changeSchema(({ schema }) => addStruct(schema, definition));
  }

  /** Drops a field, or a struct with its sub-fields, and their indexes. */
  async dropField(name: string): Promise<void> {
    await this.#dropping(({ schema, properties }) => {
      if (properties[ttlFieldProperty] !== name) return dropField(schema, name);
      throw new EngineError(
        "schema-invalid",
        `cannot drop field ${name} because it is referenced by collection property ${ttlFieldProperty}, drop the property first`,
        { details: { field: name } },
      );
    });
  }

  async alterField(name: string, change: FieldChange): Promise<void> {
    await this.#store.changeSchema(({ schema }) => alterField(schema, name, change));
  }

  /** Turns the dynamic field on or off. Off, what rows have in it is gone. */
  async setDynamicField(isOn: boolean): Promise<void> {
    if (this.#store.manifest.schema.dynamicField === isOn) return;
    await this.#dropping(({ schema }) =>
      isOn ? addDynamicField(schema) : dropDynamicField(schema),
    );
  }

  /** Changes the schema, and removes what there is of indexes that this takes away. */
  async #dropping(change: (manifest: CollectionManifest) => CollectionSchema): Promise<void> {
    const { schema, indexes } = this.#store.manifest;
    await this.#store.changeSchema(change);
    const isKept = (index: StoredIndex): boolean =>
      this.#store.manifest.indexes.some(({ id }) => id === index.id);
    for (const index of indexes.filter((candidate) => !isKept(candidate))) {
      const field = fieldNamed(schema, index.field);
      // The schema has changed: files that can't be removed now are at the next compaction.
      if (field !== undefined) await Promise.allSettled([this.#builder.discard(index, field)]);
    }
  }
}
