import type { SqlRow } from "../session/snow-session.ts";
import { identifier } from "../sql/quote.ts";
import { type Deployment, resourceId } from "./deployment.ts";
import { look } from "./look.ts";
import { observeGrants, type WantedGrant } from "./observe-grants.ts";
import { type Change, type Resource, type ResourceContext, run } from "./resource.ts";

export interface RoleHolders {
  readonly roles: readonly string[];
  readonly users: readonly string[];
  /** Whether who runs the deployment holds it too. */
  readonly deployer: boolean;
  /** Whether other users lose it: then the configuration tells all who hold it. */
  readonly exclusive: boolean;
}

/** Who holds a role. */
export function roleGrants(deployment: Deployment, name: string, holders: RoleHolders): Resource {
  const { adminRole } = deployment.config;
  return {
    id: resourceId("role grants", name),
    kind: "role grants",
    name,
    dependsOn: [resourceId("role", name)],
    atEnd: "falls",
    decidesReader: true,
    async observe(context) {
      const rows = await look(context, adminRole, `SHOW GRANTS OF ROLE ${identifier(name)}`);
      const users = [...holders.users, ...(holders.deployer ? await currentUser(context) : [])];
      const grantees = [
        ...holders.roles.map((holder) => ({ kind: "ROLE", holder })),
        ...users.map((holder) => ({ kind: "USER", holder })),
      ];
      const wanted = grantees.map(
        ({ kind, holder }): WantedGrant => ({
          title: `${kind.toLowerCase()} ${holder}`,
          isThere: rows.some((row) => row["granted_to"] === kind && isNamed(row, holder)),
          grant: run(adminRole, `GRANT ROLE ${identifier(name)} TO ${kind} ${identifier(holder)}`),
        }),
      );
      return observeGrants(wanted, holders.exclusive ? surplus(rows) : []);

      function surplus(held: readonly SqlRow[]): Change[] {
        return held
          .filter((row) => row["granted_to"] === "USER")
          .filter((row) => !users.some((user) => isNamed(row, user)))
          .map((row) => row["grantee_name"] ?? "")
          .map((user) => ({
            field: `user ${user}`,
            is: "granted",
            wanted: "not granted",
            steps: [
              run(adminRole, `REVOKE ROLE ${identifier(name)} FROM USER ${asIdentifier(user)}`),
            ],
          }));
      }
    },
  };
}

/** Who runs this, by the name that is stored: what people sign in with may be another, or in another case. */
async function currentUser(context: ResourceContext): Promise<string[]> {
  const { rows } = await context.session.execute("SELECT CURRENT_USER()");
  const name = Object.values(rows[0] ?? {})[0];
  return name ? [name] : [];
}

function asIdentifier(shown: string): string {
  return /^"(?:[^"]|"")+"$/.test(shown) ? shown : identifier(shown);
}

/** Names are shown bare or as an identifier. */
function isNamed(row: SqlRow, name: string): boolean {
  return row["grantee_name"] === name || row["grantee_name"] === identifier(name);
}
