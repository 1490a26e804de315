import { identifier } from "../sql/quote.ts";
import { accountReader, type Deployment, resourceId } from "./deployment.ts";
import { foreignContent } from "./foreign-content.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** The database that everything is in. It goes with all that is in it, once nothing in it is anybody else's. */
export function database(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, database: name } = config.names;
  const marker = markerOf(config.name, { database: name });
  const comment = commentClause(marker);
  return {
    id: resourceId("database", name),
    kind: "database",
    name,
    dependsOn: [resourceId("owner grants", ownerRole), resourceId("role grants", ownerRole)],
    atEnd: "kept with the data",
    async observe(context) {
      const show = `SHOW DATABASES LIKE ${likePattern(name)}`;
      const rows = await look(context, accountReader(deployment), show);
      return observeMarked(named(rows, name), {
        marker,
        create: [run(ownerRole, `CREATE DATABASE IF NOT EXISTS ${identifier(name)} ${comment}`)],
        mark: run(ownerRole, `ALTER DATABASE ${identifier(name)} SET ${comment}`),
        remove: [run(ownerRole, `DROP DATABASE IF EXISTS ${identifier(name)}`)],
      });
    },
    foreignContent: (context) =>
      foreignContent(deployment, context, `DATABASE ${identifier(name)}`),
  };
}
