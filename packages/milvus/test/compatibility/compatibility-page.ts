import {
  type Differences,
  filterDifferences,
  indexDifferences,
  rpcDifferences,
  searchDifferences,
  typeDifferences,
} from "./differences.ts";
import { filterRows } from "./filter-table.ts";
import { indexRows } from "./index-table.ts";
import { countsOf, type Row, tableOf } from "./outcome.ts";
import { restRows } from "./rest-table.ts";
import { rpcRows } from "./rpc-table.ts";
import { searchTables } from "./search-table.ts";
import { typeRows } from "./type-table.ts";

const introduction = `# Compatibility with Milvus

What Milvus 3.0 has, and what Redkite makes of it. **works**: as Milvus does it. **works differently**: how.
**refused**: the code and the text that a client gets. Nothing is taken and then ignored that would change an answer.

This page is made by a test, which tries each line: \`npx vitest run packages/milvus/test/compatibility -u\`.
What was tried is in [packages/milvus/test/compatibility](../packages/milvus/test/compatibility). Real clients are the
subject of [conformance.md](conformance.md), the ways to write filters of [filters.md](filters.md), how index types are
served of [indexes.md](indexes.md).`;

/** The page docs/compatibility.md, from what the code answers now. */
export async function compatibilityPage(): Promise<string> {
  const { search, hybrid, query } = await searchTables();
  const filters = await filterRows();
  const types = await typeRows();
  const indexes = await indexRows();
  const rpcs = await rpcRows();
  checkNames(searchDifferences, [...search, ...hybrid, ...query]);
  checkNames(filterDifferences, [...filters.values()].flat());
  checkNames(typeDifferences, types);
  checkNames(indexDifferences, indexes);
  checkNames(rpcDifferences, rpcs);
  const sections = [
    introduction,
    section("Data types of fields", ["type"], types),
    section(
      "Index types",
      ["index", "on fields of", "build parameters", "search parameters"],
      indexes,
    ),
    "Parameters are shown with their range and default.",
    section("Search", ["asked for"], search),
    section("Hybrid search", ["asked for"], hybrid),
    section("Query", ["asked for"], query),
    "## Filters",
    ...[...filters].map(([heading, rows]) =>
      [`### ${heading}`, tableOf(["expression"], rows)].join("\n\n"),
    ),
    section("RPCs of MilvusService", ["RPC"], rpcs),
    section("REST", ["POST", "RPC behind it"], restRows(rpcs)),
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
