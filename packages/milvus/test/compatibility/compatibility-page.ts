import { collectionRows } from "./collection-table.ts";
import {
  collectionDifferences,
  type Differences,
  filterDifferences,
  indexDifferences,
  rpcDifferences,
  searchDifferences,
  typeDifferences,
} from "./differences.ts";
import { filterRows } from "./filter-table.ts";
import { indexRows } from "./index-table.ts";
import { legacyRows } from "./legacy-table.ts";
import { countsOf, type Row, tableOf } from "./outcome.ts";
import { restRows } from "./rest-table.ts";
import { rpcRows } from "./rpc-table.ts";
import { searchTables } from "./search-table.ts";
import { typeRows } from "./type-table.ts";
import { writingRows } from "./writing-table.ts";

const introduction = `# Compatibility with Milvus

Look up here whether what you use of Milvus 3.0 works:

- **works**: as in Milvus.
- **works differently**: the difference follows.
- **refused**: a client gets the code and the text that follow. Nothing that would change an answer is ignored.

How to use what works is told in [search.md](search.md), [filters.md](filters.md), [indexes.md](indexes.md) and
[rest.md](rest.md); which clients were tried, in [conformance.md](conformance.md).

A test tries each line and makes this page: \`npx vitest run packages/milvus/test/compatibility -u\`. What it tries is
in [packages/milvus/test/compatibility](../packages/milvus/test/compatibility).`;

/** The page docs/compatibility.md, from what the code answers now. */
export async function compatibilityPage(): Promise<string> {
  const { search, hybrid, query } = await searchTables();
  const filters = await filterRows();
  const collections = await collectionRows();
  const types = await typeRows();
  const indexes = await indexRows();
  const rpcs = await rpcRows();
  checkNames(searchDifferences, [...search, ...hybrid, ...query]);
  checkNames(filterDifferences, [...filters.values()].flat());
  checkNames(collectionDifferences, collections);
  checkNames(typeDifferences, types);
  checkNames(indexDifferences, indexes);
  checkNames(rpcDifferences, rpcs);
  const sections = [
    introduction,
    section("Collections", ["asked for"], collections),
    section("Data types of fields", ["type"], types),
    section(
      "Index types",
      ["index", "on fields of", "build parameters", "search parameters"],
      indexes,
    ),
    "Parameters are shown with their range and default. Int64 stands for all integers, Double for Float too.",
    section("Writing", ["asked for"], await writingRows()),
    section("Search", ["asked for"], search),
    section("Hybrid search", ["asked for"], hybrid),
    section("Query", ["asked for"], query),
    "## Filters",
    ...[...filters].map(([heading, rows]) =>
      [`### ${heading}`, tableOf(["expression"], rows)].join("\n\n"),
    ),
    section("RPCs of MilvusService", ["RPC"], rpcs),
    section("REST", ["POST", "RPC behind it"], await restRows(rpcs)),
    section("The first REST API", ["address"], await legacyRows()),
    "Code 200 is its success. There are no more addresses in Milvus either.",
  ];
  return `${sections.join("\n\n")}\n`;
}

/** Throws for a difference of something that is in no table, or that is refused there. */
function checkNames(differences: Differences, rows: readonly Row[]): void {
  for (const key of Object.keys(differences)) {
    const row = rows.find(({ name }) => name === key || name === `\`${key}\``);
    if (row === undefined)
      throw new Error(`A difference is told of "${key}", which is in no table`);
    if (row.outcome.kind === "works") continue;
    throw new Error(`A difference is told of "${key}", which is refused`);
  }
}

function section(title: string, titles: readonly string[], rows: readonly Row[]): string {
  return [`## ${title}`, countsOf(rows), tableOf(titles, rows)].join("\n\n");
}
