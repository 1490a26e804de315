import type { Collection } from "@redkite/engine";
import type { Call } from "./method.ts";

/** The collections of all databases that lists show the caller. */
export async function visibleCollections({
  database,
  access,
  user,
}: Call): Promise<readonly Collection[]> {
  const { permissions } = await access.store.current();
  return database
    .listDatabases()
    .flatMap(({ name }) => database.listCollections(name))
    .filter((item) => permissions.seesCollection(user, item.database, item.name));
}
