import type { Database } from "@redkite/engine";
import { type AccessState, initialAccess } from "./access-state.ts";
import { Permissions } from "./permissions.ts";

/** A state, and who may do what by it. */
export interface Access {
  readonly state: AccessState;
  readonly permissions: Permissions;
}

/**
 * The users, roles and grants of a database: one document of its folder, which is read when it is
 * first needed and replaced in one step by every change.
 */
export class AccessStore {
  readonly #database: Database;
  #current: Promise<Access> | undefined;
  /** Ends when all changes so far have, whether they succeeded or not. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws `EngineError` when the document can't be read; the next call tries again. */
  current(): Promise<Access> {
    this.#current ??= this.#read().catch((error: unknown) => {
      this.#current = undefined;
      throw error;
    });
    return this.#current;
  }

  /**
   * Replaces the state by what `change` makes of it, one change after the other. A state that stays
   * the same is not written. Resolves when the disk has it; throws what `change` and the disk throw,
   * and has then changed nothing.
   */
  async change(change: (state: AccessState) => AccessState): Promise<void> {
    const changed = this.#lastChange.then(async () => {
      const { state } = await this.current();
      const next = change(state);
      if (next === state) return;
      await this.#database.writeAccess(next);
      this.#current = Promise.resolve(accessOf(next));
    });
    this.#lastChange = changed.catch(() => undefined);
    await changed;
  }

  async #read(): Promise<Access> {
    return accessOf((await this.#database.readAccess<AccessState>()) ?? initialAccess);
  }
}

function accessOf(state: AccessState): Access {
  return { state, permissions: new Permissions(state) };
}
