import { identifier } from "../sql/quote.ts";
import { type Deployment, inSchema, resourceId } from "./deployment.ts";
import { look } from "./look.ts";
import { observeGrants } from "./observe-grants.ts";
import { type Resource, run } from "./resource.ts";

/** The right to use the endpoints of a service role: what opens the notebook in a browser. */
export function serviceRoleGrant(
  deployment: Deployment,
  grant: { readonly service: string; readonly serviceRole: string },
): Resource {
  const { ownerRole, userRole } = deployment.config.names;
  const full = inSchema(deployment, grant.service);
  const name = `${full}!${identifier(grant.serviceRole)}`;
  return {
    id: resourceId("user grants", name),
    kind: "user grants",
    name,
    dependsOn: [resourceId("service", full), resourceId("role", userRole)],
    atEnd: "falls",
    async observe(context) {
      const reader = await context.schemaReader();
      const rows = await look(context, reader, `SHOW GRANTS OF SERVICE ROLE ${name}`);
      const isThere = rows.some(
        ({ grantee_name: holder }) => holder === userRole || holder === identifier(userRole),
      );
      const sql = `GRANT SERVICE ROLE ${name} TO ROLE ${identifier(userRole)}`;
      return observeGrants([{ title: `role ${userRole}`, isThere, grant: run(ownerRole, sql) }]);
    },
  };
}
