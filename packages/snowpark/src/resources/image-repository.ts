import type { Deployment } from "./deployment.ts";
import type { Resource } from "./resource.ts";
import { schemaObject } from "./schema-object.ts";

/** Where the images go. They can be pushed again, so it goes even where the data stay. */
export function imageRepository(deployment: Deployment): Resource {
  const { repository: name } = deployment.config.names;
  return schemaObject(deployment, {
    kind: "image repository",
    name,
    atEnd: "removed",
    wanted: { repository: name },
    definition: () => ({ sql: "ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE')" }),
  });
}
