import { identifier } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** What lets services use the network rule. The administrator makes it and lends it to the owner. */
export function externalAccessIntegration(deployment: Deployment): Resource {
  const { config } = deployment;
  const { adminRole } = config;
  const name = config.names.externalAccessIntegration;
  const rule = inSchema(deployment, config.names.networkRule);
  const marker = markerOf(config.name, { rule });
  const comment = commentClause(marker);
  return {
    id: resourceId("external access integration", name),
    kind: "external access integration",
    name,
    dependsOn: [resourceId("network rule", rule)],
    atEnd: "removed",
    async observe(context) {
      const show = `SHOW EXTERNAL ACCESS INTEGRATIONS LIKE ${likePattern(name)}`;
      const rows = await look(context, adminRole, show);
      return observeMarked(named(rows, name), {
        marker,
        create: [
          run(
            adminRole,
            `CREATE EXTERNAL ACCESS INTEGRATION IF NOT EXISTS ${identifier(name)} ALLOWED_NETWORK_RULES = (${rule}) ENABLED = TRUE ${comment}`,
          ),
        ],
        mark: run(
          adminRole,
          `ALTER EXTERNAL ACCESS INTEGRATION ${identifier(name)} SET ${comment}`,
        ),
        remove: [run(adminRole, `DROP INTEGRATION IF EXISTS ${identifier(name)}`)],
      });
    },
  };
}
