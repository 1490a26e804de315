import type { SqlRow } from "../session/snow-session.ts";
import { identifier } from "../sql/quote.ts";
import { look } from "./look.ts";
import { observeGrants } from "./observe-grants.ts";
import { type Change, type Resource, run } from "./resource.ts";

/** A privilege on an object, as a statement grants it and as `SHOW GRANTS` lists it. */
export interface Privilege {
  readonly privilege: string;
  /** Such as `DATABASE MILVUS_DB`. */
  readonly on: string;
  /** The kind that is shown: `DATABASE`. */
  readonly shownKind: string;
  /** Whether a shown name is the object's. */
  readonly isShownAs: (name: string) => boolean;
  /** Who grants it. */
  readonly by: string;
}

export interface PrivilegeGrants {
  readonly id: string;
  readonly kind: "owner grants" | "user grants";
  readonly name: string;
  readonly dependsOn: readonly string[];
  /** Who is to have them. */
  readonly role: string;
  /** Who looks. */
  readonly reader: string;
  readonly privileges: readonly Privilege[];
  /** Takes away what the role has of this kind of object and should not: `ACCOUNT`. */
  readonly exclusiveOn?: { readonly shownKind: "ACCOUNT"; readonly by: string };
}

/** Privileges of a role. */
export function privilegeGrants(grants: PrivilegeGrants): Resource {
  const { id, kind, name, dependsOn } = grants;
  return {
    id,
    kind,
    name,
    dependsOn,
    atEnd: "falls",
    async observe(context) {
      const sql = `SHOW GRANTS TO ROLE ${identifier(grants.role)}`;
      const rows = await look(context, grants.reader, sql);
      const wanted = grants.privileges.map((privilege) => ({
        title: `${privilege.privilege} on ${privilege.on}`,
        isThere: rows.some((row) => isGrantOf(row, privilege)),
        grant: run(
          privilege.by,
          `GRANT ${privilege.privilege} ON ${privilege.on} TO ROLE ${identifier(grants.role)}`,
        ),
      }));
      return observeGrants(wanted, surplus(grants, rows));
    },
  };
}

function isGrantOf(row: SqlRow, privilege: Privilege): boolean {
  return (
    row["privilege"] === privilege.privilege &&
    isOfKind(row["granted_on"] ?? "", privilege.shownKind) &&
    privilege.isShownAs(row["name"] ?? "")
  );
}

/** The column shows `INTEGRATION`, or `EXTERNAL_ACCESS_INTEGRATION` since Snowflake's change 2371. */
function isOfKind(shown: string, kind: string): boolean {
  return shown === kind || shown.endsWith(`_${kind}`) || shown.endsWith(` ${kind}`);
}

function surplus(grants: PrivilegeGrants, rows: readonly SqlRow[]): Change[] {
  const { exclusiveOn } = grants;
  if (exclusiveOn === undefined) {
    return [];
  }
  return rows
    .filter((row) => row["granted_on"] === exclusiveOn.shownKind)
    .filter((row) => !grants.privileges.some((privilege) => isGrantOf(row, privilege)))
    .map((row) => row["privilege"] ?? "")
    .map((privilege) => ({
      field: `${privilege} on ${exclusiveOn.shownKind}`,
      is: "granted",
      wanted: "not granted",
      steps: [
        run(
          exclusiveOn.by,
          `REVOKE ${privilege} ON ${exclusiveOn.shownKind} FROM ROLE ${identifier(grants.role)}`,
        ),
      ],
    }));
}
