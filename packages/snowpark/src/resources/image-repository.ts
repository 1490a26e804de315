import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** Where the images go. They can be pushed again, so it goes even where the data stay. */
export function imageRepository(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, repository: name } = config.names;
  const full = inSchema(deployment, name);
  const marker = markerOf(config.name, { repository: name });
  const comment = commentClause(marker);
  return {
    id: resourceId("image repository", full),
    kind: "image repository",
    name: full,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd: "removed",
    async observe(context) {
      const show = `SHOW IMAGE REPOSITORIES LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      return observeMarked(named(rows, name), {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE IMAGE REPOSITORY IF NOT EXISTS ${full} ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') ${comment}`,
          ),
        ],
        mark: run(ownerRole, `ALTER IMAGE REPOSITORY ${full} SET ${comment}`),
        remove: [run(ownerRole, `DROP IMAGE REPOSITORY IF EXISTS ${full}`)],
      });
    },
  };
}
