import { identifier } from "../sql/quote.ts";
import { type Deployment, resourceId, schemaName } from "./deployment.ts";
import { foreignContent } from "./foreign-content.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** The schema of a new database that nobody has to make. */
const comesWithDatabase = "PUBLIC";

/** The schema that everything is in. */
export function schema(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, database, schema: name } = config.names;
  const ownDatabase = !config.existing.includes("database");
  const adoptsUnmarked = ownDatabase && name === comesWithDatabase;
  const marker = markerOf(config.name, { schema: name });
  const comment = commentClause(marker);
  const full = schemaName(deployment);
  return {
    id: resourceId("schema", full),
    kind: "schema",
    name: full,
    dependsOn: [
      resourceId("database", database),
      resourceId("owner grants", ownerRole),
      resourceId("role grants", ownerRole),
    ],
    atEnd: ownDatabase ? "falls" : "kept with the data",
    async observe(context) {
      const show = `SHOW SCHEMAS LIKE ${likePattern(name)} IN DATABASE ${identifier(database)}`;
      const rows = await look(context, await context.schemaReader(), show);
      const mark = run(ownerRole, `ALTER SCHEMA ${full} SET ${comment}`);
      const create = run(ownerRole, `CREATE SCHEMA IF NOT EXISTS ${full} ${comment}`);
      return observeMarked(named(rows, name), {
        marker,
        // Before there is a database, nothing is to be seen of the schema that will come with it.
        create: adoptsUnmarked ? [create, mark] : [create],
        mark,
        remove: [run(ownerRole, `DROP SCHEMA IF EXISTS ${full}`)],
        adoptsUnmarked,
      });
    },
    foreignContent: (context) => foreignContent(deployment, context, `SCHEMA ${full}`),
  };
}
