import { literal } from "../sql/quote.ts";
import type { Deployment } from "./deployment.ts";
import type { Resource } from "./resource.ts";
import { schemaObject } from "./schema-object.ts";

/**
 * The password of the database's root. It is made once, when there is none, and can't be read back: containers get it,
 * people don't. It stays with the data, which know it.
 */
export function secret(deployment: Deployment): Resource {
  const { rootSecret: name } = deployment.config.names;
  return schemaObject(deployment, {
    kind: "secret",
    name,
    atEnd: "kept with the data",
    wanted: { secret: name },
    definition({ newSecret }) {
      const value = newSecret();
      return {
        sql: `TYPE = GENERIC_STRING SECRET_STRING = ${literal(value)}`,
        secrets: [{ variable: "root_password", value }],
      };
    },
  });
}
