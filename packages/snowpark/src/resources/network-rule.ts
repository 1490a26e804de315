import { literal } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId, schemaName } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** The hosts that containers may reach. Columns do not show them: the marker's digest stands for them. */
export function networkRule(deployment: Deployment): Resource {
  const { config } = deployment;
  const { ownerRole, networkRule: name } = config.names;
  const full = inSchema(deployment, name);
  const hosts = `VALUE_LIST = (${config.egress.map(literal).join(", ")})`;
  const marker = markerOf(config.name, { egress: config.egress });
  const comment = commentClause(marker);
  return {
    id: resourceId("network rule", full),
    kind: "network rule",
    name: full,
    dependsOn: [resourceId("schema", schemaName(deployment))],
    atEnd: "removed",
    async observe(context) {
      const show = `SHOW NETWORK RULES LIKE ${likePattern(name)} IN SCHEMA ${schemaName(deployment)}`;
      const rows = await look(context, await context.schemaReader(), show);
      return observeMarked(named(rows, name), {
        marker,
        create: [
          run(
            ownerRole,
            `CREATE NETWORK RULE IF NOT EXISTS ${full} TYPE = HOST_PORT MODE = EGRESS ${hosts} ${comment}`,
          ),
        ],
        unshown: {
          field: "value_list",
          steps: [run(ownerRole, `ALTER NETWORK RULE ${full} SET ${hosts}`)],
        },
        mark: run(ownerRole, `ALTER NETWORK RULE ${full} SET ${comment}`),
        remove: [run(ownerRole, `DROP NETWORK RULE IF EXISTS ${full}`)],
      });
    },
  };
}
