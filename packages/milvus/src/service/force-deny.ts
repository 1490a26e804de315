import type { Database } from "@redkite/engine";
import { needOf } from "../access/request-need.ts";
import { MilvusError } from "../errors.ts";
import { decodeRequest } from "./method.ts";

/** Kinds of requests that a database's properties can forbid, by Milvus's names of the properties. */
const deniedBy: Readonly<Record<string, readonly string[]>> = {
  "database.force.deny.writing": ["Insert", "Upsert", "Delete", "Import"],
  "database.force.deny.reading": ["Search", "HybridSearch", "Query"],
  "database.force.deny.collectionDDL": [
    "CreateCollection",
    "DropCollection",
    "TruncateCollection",
    "RenameCollection",
    "AlterCollection",
    "AlterCollectionField",
    "AlterCollectionSchema",
    "AddCollectionField",
    "AddCollectionStructField",
    "LoadCollection",
    "ReleaseCollection",
    "CreateAlias",
    "DropAlias",
    "AlterAlias",
  ],
  "database.force.deny.partitionDDL": [
    "CreatePartition",
    "DropPartition",
    "LoadPartitions",
    "ReleasePartitions",
  ],
  "database.force.deny.index": ["CreateIndex", "DropIndex", "AlterIndex"],
  "database.force.deny.flush": ["Flush"],
  "database.force.deny.compaction": ["ManualCompaction"],
};

/** Forbids all that changes a definition, and flushes and compactions. */
const allDdl = "database.force.deny.ddl";
const dataProperties = ["database.force.deny.writing", "database.force.deny.reading"];

const propertiesOf = new Map<string, readonly string[]>(
  Object.entries(deniedBy).flatMap(([property, methods]) =>
    methods.map((method): [string, readonly string[]] => [
      method,
      dataProperties.includes(property) ? [property] : [property, allDdl],
    ]),
  ),
);

/** Throws `MilvusError` 9 for a request that a property of its database forbids. */
export function refuseDenied(
  method: string,
  request: Uint8Array,
  { database, databaseName }: { readonly database: Database; readonly databaseName: string },
): void {
  const properties = propertiesOf.get(method);
  if (properties === undefined) return;
  // Hardly any database forbids anything: requests are looked into only then.
  for (const { name, properties: set } of database.listDatabases()) {
    const found = properties.find((property) => set[property]?.toLowerCase() === "true");
    if (found === undefined) continue;
    const named = decodeRequest(() => needOf(method, request))?.databases ?? [];
    if (!(named.length === 0 ? [databaseName] : named).includes(name)) continue;
    throw new MilvusError("serviceForceDeny", {
      message: "access has been disabled by the administrator",
      fields: { op: found, req: method },
    });
  }
}
