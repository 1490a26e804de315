import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** The stage that keeps the notebook's work. Volumes take only stages with encryption on the server's side. */
export function stage(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, stage: name } = config.names;
  const full = inSchema(deployment, name);
  const marker = markerOf(config.name, { stage: name });
  const comment = commentClause(marker);
  return {
    id: resourceId("stage", full),
    kind: "stage",
    name: full,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd: "kept with the data",
    async observe(context) {
      const show = `SHOW STAGES LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      return observeMarked(named(rows, name), {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE STAGE IF NOT EXISTS ${full} ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') DIRECTORY = (ENABLE = TRUE) ${comment}`,
          ),
        ],
        mark: run(ownerRole, `ALTER STAGE ${full} SET ${comment}`),
        remove: [run(ownerRole, `DROP STAGE IF EXISTS ${full}`)],
      });
    },
  };
}
