import type { Deployment } from "./deployment.ts";
import type { Resource } from "./resource.ts";
import { schemaObject } from "./schema-object.ts";

/** The stage that keeps the notebook's work. Volumes take only stages with encryption on the server's side. */
export function stage(deployment: Deployment): Resource {
  const { stage: name } = deployment.config.names;
  return schemaObject(deployment, {
    kind: "stage",
    name,
    atEnd: "kept with the data",
    wanted: { stage: name },
    definition: () => ({
      sql: "ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE') DIRECTORY = (ENABLE = TRUE)",
    }),
  });
}
