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
  const sections = [
    introduction,
    section("Data types of fields", ["type"], await typeRows()),
    section(
      "Index types",
      ["index", "on fields of", "build parameters", "search parameters"],
      await indexRows(),
    ),
    "Parameters are shown with their range and default.",
    section("Search", ["asked for"], search),
    section("Hybrid search", ["asked for"], hybrid),
    section("Query", ["asked for"], query),
    "## Filters",
    ...[...filters].map(([heading, rows]) =>
      [`### ${heading}`, tableOf(["expression"], rows)].join("\n\n"),
    ),
    section("RPCs of MilvusService", ["RPC"], await rpcRows()),
    section("REST", ["POST", "RPC behind it"], restRows()),
  ];
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, titles: readonly string[], rows: readonly Row[]): string {
  return [`## ${title}`, countsOf(rows), tableOf(titles, rows)].join("\n\n");
}
