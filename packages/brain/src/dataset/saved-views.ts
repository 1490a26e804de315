import { BrainError } from "../base/brain-error.ts";
import type { SqlRunner, Store } from "../store/store.ts";

/** A view as it is kept under a name. */
export interface SavedView {
  readonly name: string;
  /** The view's stages, as its `toJSON` gave them. */
  readonly stages: unknown;
  readonly createdAt: Date;
  readonly lastModifiedAt: Date;
}

const nameLengthMax = 200;

/** All saved views of a dataset, by name. */
export async function listSavedViews(store: SqlRunner): Promise<SavedView[]> {
  const rows = await store.query(
    `SELECT name, view, epoch_ms(created_at) AS created, epoch_ms(last_modified_at) AS modified
     FROM saved_views ORDER BY name`,
  );
  return rows.map((row) => ({
    name: String(row["name"]),
    stages: JSON.parse(String(row["view"])),
    createdAt: new Date(Number(row["created"])),
    lastModifiedAt: new Date(Number(row["modified"])),
  }));
}

/** Throws `view-not-found`, naming those that there are. */
export async function findSavedView(store: SqlRunner, name: string): Promise<SavedView> {
  const views = await listSavedViews(store);
  const view = views.find((known) => known.name === name);
  if (view !== undefined) return view;
  const names = views.map((known) => known.name);
  throw new BrainError(
    "view-not-found",
    `There is no saved view "${name}". The dataset has: ${names.join(", ") || "no saved views"}`,
    { details: { name, names } },
  );
}

/** Keeps a view's stages. Throws `view-exists` unless it may replace one of that name. */
export async function writeSavedView(
  store: Store,
  view: { readonly name: string; readonly stages: unknown; readonly time: Date },
  overwrite: boolean,
): Promise<void> {
  const { name, stages, time } = view;
  if (name.trim() === "" || name.length > nameLengthMax) {
    throw new BrainError(
      "invalid-argument",
      `Cannot save a view as ${JSON.stringify(name)}: a name has 1 to ${nameLengthMax} characters`,
    );
  }
  await store.transaction(async (transaction) => {
    const [before] = await transaction.query(
      "DELETE FROM saved_views WHERE name = $1 RETURNING *",
      [name],
    );
    if (before !== undefined && !overwrite) {
      throw new BrainError(
        "view-exists",
        `Cannot save the view "${name}": there is one. Give overwrite: true to replace it`,
        { details: { name } },
      );
    }
    const createdAt = before?.["created_at"] ?? time;
    await transaction.query("INSERT INTO saved_views VALUES ($1, $2::JSON, $3, $4)", [
      name,
      JSON.stringify(stages),
      createdAt,
      time,
    ]);
  });
}

/** Throws `view-not-found`. */
export async function deleteSavedView(store: Store, name: string): Promise<void> {
  await store.transaction(async (transaction) => {
    await findSavedView(transaction, name);
    await transaction.query("DELETE FROM saved_views WHERE name = $1", [name]);
  });
}
