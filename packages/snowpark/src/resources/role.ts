import { identifier } from "../sql/quote.ts";
import { type Deployment, resourceId } from "./deployment.ts";
import { likePattern, look, named } from "./look.ts";
import { commentClause, observeMarked } from "./marked-object.ts";
import { markerOf } from "./marker.ts";
import { type Resource, run } from "./resource.ts";

/** A role of the deployment. The administrator makes it. */
export function role(deployment: Deployment, name: string, atEnd: Resource["atEnd"]): Resource {
  const { adminRole, name: deploymentName } = deployment.config;
  const marker = markerOf(deploymentName, { role: name });
  const comment = commentClause(marker);
  return {
    id: resourceId("role", name),
    kind: "role",
    name,
    dependsOn: [],
    atEnd,
    async observe(context) {
      const rows = await look(context, adminRole, `SHOW ROLES LIKE ${likePattern(name)}`);
      return observeMarked(named(rows, name), {
        marker,
        create: [run(adminRole, `CREATE ROLE IF NOT EXISTS ${identifier(name)} ${comment}`)],
        mark: run(adminRole, `ALTER ROLE ${identifier(name)} SET ${comment}`),
        remove: [run(adminRole, `DROP ROLE IF EXISTS ${identifier(name)}`)],
      });
    },
  };
}
