import { BrainError, isBrainError } from "../base/brain-error.ts";
import { Store } from "../store/store.ts";
import { Dataset } from "./dataset.ts";
import { DatasetFolders, datasetHome } from "./dataset-folders.ts";
import { checkDatasetName, defaultDatasetName, globPattern } from "./dataset-name.ts";
import { readProperties, writeProperties } from "./dataset-properties.ts";
import { DatasetSchema } from "./dataset-schema.ts";
import { checkTables, createTables } from "./dataset-tables.ts";

export interface RegistryOptions {
  /** The folder under which datasets are kept; REDKITE_HOME, then `~/.redkite`, by default. */
  readonly home?: string;
  /** What the time is, for `createdAt` and `lastModifiedAt`. */
  readonly now?: () => Date;
}

export interface CreateDatasetOptions extends RegistryOptions {
  /**
   * Whether the dataset stays when the process ends; by default one with a name does, and one without
   * does not.
   */
  readonly persistent?: boolean;
  /** Whether a dataset of that name is replaced; `false` by default. */
  readonly overwrite?: boolean;
}

/** The datasets that this process has open, by folder. A database is opened once a process. */
const openDatasets = new Map<string, Promise<Dataset>>();
/** Those that are closing, by folder. Opened once more before that, a file would lose what is written to it. */
const closingDatasets = new Map<string, Promise<void>>();
/** Homes whose leftovers were removed. */
const cleanedHomes = new Set<string>();
/** How to remove each temporary dataset of this process at its end, by folder. */
const temporaryFolders = new Map<string, () => void>();

/**
 * Makes an empty dataset. Throws `dataset-exists`, or `invalid-argument` for a name that can't be one.
 */
export async function createDataset(
  name?: string,
  options: CreateDatasetOptions = {},
): Promise<Dataset> {
  const now = options.now ?? currentTime;
  const folders = await openHome(options);
  const wanted = name ?? defaultDatasetName(now());
  checkDatasetName(wanted);
  const isTemporary = !(options.persistent ?? name !== undefined);
  if (options.overwrite === true && (await datasetExists(wanted, options))) {
    await deleteDataset(wanted, options);
  }
  const folder = await folders.claim(wanted);
  const properties = { name: wanted, persistent: !isTemporary, createdAt: now() };
  try {
    return await openOnce(folder, async () => {
      return await openDataset({ folders, folder, now }, async (store) => {
        await createTables(store);
        await writeProperties(store, properties);
        // Until now the folder was marked as temporary, so that half a dataset does not stay.
        if (!isTemporary) await folders.setTemporary(folder, false);
      });
    });
  } catch (error) {
    await folders.remove(folder);
    throw error;
  }
}

/**
 * Opens a dataset; one that this process has open already is the same object. Throws
 * `dataset-not-found`, `dataset-locked` while another process has it, `dataset-damaged`.
 */
export async function loadDataset(name: string, options: RegistryOptions = {}): Promise<Dataset> {
  const folders = await openHome(options);
  if ((await folders.find(name)) === undefined) throw await notFound(name, folders);
  const folder = await folders.realFolder(name);
  return await openOnce(folder, async () => {
    await folders.refuseWithoutDatabase(folder);
    return await openDataset({ folders, folder, now: options.now ?? currentTime }, checkTables);
  });
}

/** Whether there is a dataset of this name. */
export async function datasetExists(name: string, options: RegistryOptions = {}): Promise<boolean> {
  const folders = await openHome(options);
  return (await folders.find(name)) !== undefined;
}

/** The names of the datasets, sorted; those that a pattern with `*` and `?` matches. */
export async function listDatasets(glob = "*", options: RegistryOptions = {}): Promise<string[]> {
  const folders = await openHome(options);
  const pattern = globPattern(glob);
  return (await folders.names()).filter((name) => pattern.test(name));
}

/**
 * Removes a dataset with its indexes and runs; the images stay. Throws `dataset-not-found`, and
 * `dataset-locked` while another process has it open.
 */
export async function deleteDataset(name: string, options: RegistryOptions = {}): Promise<void> {
  const folders = await openHome(options);
  if ((await folders.find(name)) === undefined) throw await notFound(name, folders);
  await closeForChange(folders, name);
  temporaryFolders.delete(await folders.realFolder(name));
  await folders.remove(folders.folder(name));
}

/** Gives a dataset another name. It is closed where this process has it open: load it again. */
export async function renameDataset(
  name: string,
  newName: string,
  options: RegistryOptions = {},
): Promise<void> {
  const folders = await openHome(options);
  checkDatasetName(newName);
  if ((await folders.find(name)) === undefined) throw await notFound(name, folders);
  if (name.toLowerCase() !== newName.toLowerCase()) await folders.refuseTaken(newName);
  await closeForChange(folders, name);
  await folders.move(name, newName);
  const store = await Store.open(folders.databasePath(folders.folder(newName)));
  await writeProperties(store, { name: newName }).finally(() => store.close());
}

async function openHome(options: RegistryOptions): Promise<DatasetFolders> {
  const folders = new DatasetFolders(datasetHome(options.home));
  if (!cleanedHomes.has(folders.root)) {
    cleanedHomes.add(folders.root);
    await folders.removeLeftovers();
  }
  return folders;
}

/** The dataset of a folder: the one that is open or being opened, or the one that `open` gives. */
async function openOnce(folder: string, open: () => Promise<Dataset>): Promise<Dataset> {
  const opened = openDatasets.get(folder);
  if (opened !== undefined) return await opened;
  const opening = whenClosed(folder).then(open);
  openDatasets.set(folder, opening);
  try {
    return await opening;
  } catch (error) {
    openDatasets.delete(folder);
    throw error;
  }
}

/** Waits until a folder's dataset is closed, if it is closing, whether that fails or not. */
async function whenClosed(folder: string): Promise<void> {
  await closingDatasets.get(folder)?.catch(() => undefined);
}

function noteClosing(folder: string, closed: Promise<void>): void {
  openDatasets.delete(folder);
  closingDatasets.set(folder, closed);
  const forget = (): void => {
    if (closingDatasets.get(folder) === closed) closingDatasets.delete(folder);
  };
  closed.then(forget, forget);
}

/** Opens a folder's database, makes it ready, and reads what a dataset knows of itself. */
async function openDataset(
  place: { readonly folders: DatasetFolders; readonly folder: string; readonly now: () => Date },
  makeReady: (store: Store) => Promise<void>,
): Promise<Dataset> {
  const { folders, folder, now } = place;
  const store = await Store.open(folders.databasePath(folder));
  try {
    await makeReady(store);
    const properties = await readProperties(store);
    const schema = await DatasetSchema.load(store);
    const endWithProcess = async (isTemporary: boolean): Promise<void> => {
      // The process that opened a temporary dataset last is the one that it ends with.
      await folders.setTemporary(folder, isTemporary);
      if (isTemporary) removeAtExit(folders, folder, store);
      else temporaryFolders.delete(folder);
    };
    if (await folders.isTemporary(folder)) await endWithProcess(true);
    return new Dataset({
      store,
      schema,
      properties,
      folder,
      now,
      place: {
        closing: (closed) => noteClosing(folder, closed),
        setPersistent: (persistent) => endWithProcess(!persistent),
        remove: async () => {
          temporaryFolders.delete(folder);
          await folders.remove(folder);
        },
      },
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Closes a dataset here, and makes sure that no other process has it: `dataset-locked`. */
async function closeForChange(folders: DatasetFolders, name: string): Promise<void> {
  const folder = await folders.realFolder(name);
  const open = await openDatasets.get(folder);
  await open?.close();
  await whenClosed(folder);
  try {
    await (await Store.open(folders.databasePath(folder))).close();
  } catch (error) {
    // What can't be read can still be deleted or renamed.
    if (isBrainError(error, "dataset-locked")) throw error;
  }
}

/** Temporary datasets of this process end with it. After a kill, the next process removes them. */
function removeAtExit(folders: DatasetFolders, folder: string, store: Store): void {
  if (temporaryFolders.size === 0) process.once("exit", removeTemporaryFolders);
  temporaryFolders.set(folder, () => {
    store.closeNow();
    folders.removeOwnedNow(folder);
  });
}

function removeTemporaryFolders(): void {
  for (const remove of temporaryFolders.values()) remove();
  temporaryFolders.clear();
}

async function notFound(name: string, folders: DatasetFolders): Promise<BrainError> {
  const names = await folders.names();
  const known = names.length === 0 ? "no datasets" : names.slice(0, 20).join(", ");
  return new BrainError(
    "dataset-not-found",
    `There is no dataset "${name}" in ${folders.root}, which has: ${known}`,
    { details: { name, folder: folders.root } },
  );
}

function currentTime(): Date {
  return new Date();
}
