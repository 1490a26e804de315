import { ownName } from "../account-objects.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist, roleNotAssigned } from "../statement-error.ts";
import { statementSucceeded } from "../statement-result.ts";

/** `USE { ROLE | WAREHOUSE | DATABASE | SCHEMA | SECONDARY ROLES } …`. */
export function readUse(cursor: StatementCursor): Statement {
  if (cursor.accept("SECONDARY ROLES")) {
    const choice = cursor.expectOneOf(["ALL", "NONE"]);
    return end(cursor, ({ session }) => {
      session.hasSecondaryRoles = choice === "ALL";
    });
  }
  if (cursor.accept("ROLE")) {
    const role = cursor.identifier();
    return end(cursor, (context) => useRole(role, context));
  }
  if (cursor.accept("WAREHOUSE")) {
    const name = cursor.identifier();
    return end(cursor, (context) => {
      const warehouse = context.get("WAREHOUSE", [name]);
      context.require("USAGE", warehouse);
      context.session.warehouse = ownName(warehouse);
    });
  }
  if (cursor.accept("SCHEMA")) {
    const name = cursor.name();
    return end(cursor, (context) => useSchema(name, context));
  }
  cursor.accept("DATABASE");
  const name = cursor.name();
  return end(cursor, (context) =>
    name.length === 1 ? useDatabase(name[0] ?? "", context) : useSchema(name, context),
  );
}

function end(cursor: StatementCursor, use: (context: StatementContext) => void): Statement {
  cursor.expectEnd();
  return (context) => {
    use(context);
    return statementSucceeded;
  };
}

/** Takes on a role that is granted to the user, directly or not. */
export function useRole(role: string, context: StatementContext): void {
  if (context.objects.find("ROLE", [role]) === undefined) throw doesNotExist("Role", role);
  const { onlyRole, user } = context.session;
  const isAllowed = onlyRole === null || onlyRole === role;
  if (!isAllowed || !context.access.assignableRoles(user).has(role)) throw roleNotAssigned(role);
  context.session.role = role;
}

export function useDatabase(name: string, context: StatementContext): void {
  const database = context.get("DATABASE", [name]);
  context.session.database = ownName(database);
  const hasPublic = context.find("SCHEMA", [ownName(database), "PUBLIC"]) !== undefined;
  context.session.schema = hasPublic ? "PUBLIC" : null;
}

export function useSchema(name: readonly string[], context: StatementContext): void {
  const schema = context.get("SCHEMA", name);
  context.session.database = schema.name[0] ?? null;
  context.session.schema = ownName(schema);
}
