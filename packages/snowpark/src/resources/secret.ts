import { literal } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/**
 * The password of the database's root. It is made once, when there is none, and can't be read back: containers get it,
 * people don't. It stays with the data, which know it.
 */
export function secret(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, rootSecret: name } = config.names;
  const full = inSchema(deployment, name);
  const marker = markerOf(config.name, { secret: name });
  const comment = commentClause(marker);
  return {
    id: resourceId("secret", full),
    kind: "secret",
    name: full,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd: "kept with the data",
    async observe(context) {
      const show = `SHOW SECRETS LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      const value = context.newSecret();
      return observeMarked(named(rows, name), {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE SECRET IF NOT EXISTS ${full} TYPE = GENERIC_STRING SECRET_STRING = ${literal(value)} ${comment}`,
            [{ variable: "root_password", value }],
          ),
        ],
        mark: run(ownerRole, `ALTER SECRET ${full} SET ${comment}`),
        remove: [run(ownerRole, `DROP SECRET IF EXISTS ${full}`)],
      });
    },
  };
}
