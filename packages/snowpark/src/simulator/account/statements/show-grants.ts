import { qualified } from "../../../sql/quote.ts";
import { serviceRoleName } from "../access-rules.ts";
import { acceptKind } from "../object-kinds.ts";
import type { AccountObject, ObjectType, PrivilegeGrant } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist } from "../statement-error.ts";
import { type Cell, queryResult, type RowsOutcome, timestampCell } from "../statement-result.ts";
import { readServiceRoleName, serviceRoleOf } from "./grant.ts";
import { readKindName } from "./kind-name.ts";

/** `SHOW GRANTS [ON … | TO … | OF …]`. */
export function readShowGrants(cursor: StatementCursor): Statement {
  const statement = readTarget(cursor);
  cursor.expectEnd();
  return statement;
}

function readTarget(cursor: StatementCursor): Statement {
  if (cursor.accept("ON ACCOUNT")) return listOnAccount;
  if (cursor.accept("ON")) return readOn(cursor);
  if (cursor.accept("OF SERVICE ROLE") || cursor.accept("TO SERVICE ROLE")) {
    const { service, role } = readServiceRoleName(cursor);
    return (context) => listOfServiceRole(service, role, context);
  }
  if (cursor.accept("OF ROLE")) {
    const role = cursor.identifier();
    return (context) => listOfRole(role, context);
  }
  if (cursor.accept("TO ROLE")) {
    const role = cursor.identifier();
    return (context) => listToRole(role, context);
  }
  const user = cursor.accept("TO USER") ? cursor.identifier() : undefined;
  return (context) => listToUser(user ?? context.session.user, context);
}

function privilegeTable(rows: readonly (readonly Cell[])[]): RowsOutcome {
  const names = ["privilege", "granted_on", "name", "granted_to", "grantee_name"];
  return queryResult(
    [
      { name: "created_on", type: "timestamp_ltz" },
      ...names.map((name) => ({ name, type: "text" as const })),
      { name: "grant_option", type: "boolean" },
      { name: "granted_by", type: "text" },
    ],
    rows,
  );
}

function roleTable(rows: readonly (readonly Cell[])[]): RowsOutcome {
  return queryResult(
    [
      { name: "created_on", type: "timestamp_ltz" },
      ...["role", "granted_to", "grantee_name", "granted_by"].map((name) => ({
        name,
        type: "text" as const,
      })),
    ],
    rows,
  );
}

function typeCell(type: ObjectType): string {
  return type.replaceAll(" ", "_");
}

function ownershipRow(object: AccountObject): Cell[] {
  return [
    timestampCell(object.createdOn),
    "OWNERSHIP",
    typeCell(object.type),
    qualified(...object.name),
    "ROLE",
    object.owner,
    "true",
    object.owner,
  ];
}

function grantRow(grant: PrivilegeGrant, context: StatementContext): Cell[] {
  const object = context.objects.byId(grant.on);
  return [
    timestampCell(grant.createdOn),
    grant.privilege,
    object === undefined ? "ACCOUNT" : typeCell(object.type),
    object === undefined ? context.parts.options.names.account : qualified(...object.name),
    "ROLE",
    grant.role,
    String(grant.hasGrantOption),
    grant.grantedBy,
  ];
}

const listOnAccount: Statement = (context) =>
  privilegeTable(
    context.objects.state.grants
      .filter(({ on }) => on === 0)
      .map((grant) => grantRow(grant, context)),
  );

function readOn(cursor: StatementCursor): Statement {
  const on = acceptKind(cursor, ({ type }) => ({ type, name: readKindName(cursor, type) }));
  if (on === undefined) throw cursor.fail();
  return (context) => {
    const object: AccountObject = context.get(on.type, on.name);
    const grants = context.objects.state.grants.filter((grant) => grant.on === object.id);
    return privilegeTable([
      ...(object.owner === "" ? [] : [ownershipRow(object)]),
      ...grants.map((grant) => grantRow(grant, context)),
    ]);
  };
}

function listToRole(role: string, context: StatementContext): RowsOutcome {
  requireRole(role, context);
  const { state } = context.objects;
  const owned = state.objects.filter(({ owner }) => owner === role).map(ownershipRow);
  const held = state.grants
    .filter((grant) => grant.role === role)
    .map((grant) => grantRow(grant, context));
  const roles = state.roleGrants
    .filter(({ toType, to }) => toType === "ROLE" && to === role)
    .map((grant): Cell[] => usageRow(grant, "ROLE", grant.role, role));
  const serviceRoles = state.serviceRoleGrants
    .filter((grant) => grant.role === role)
    .flatMap((grant) => {
      const service = context.objects.byId(grant.service);
      if (service?.type !== "SERVICE") return [];
      const name = serviceRoleName(service, grant.serviceRole);
      return [usageRow(grant, "SERVICE_ROLE", name, role)];
    });
  return privilegeTable([...owned, ...held, ...roles, ...serviceRoles]);
}

function usageRow(
  grant: { readonly createdOn: number; readonly grantedBy: string },
  grantedOn: string,
  name: string,
  role: string,
): Cell[] {
  const { createdOn, grantedBy } = grant;
  return [timestampCell(createdOn), "USAGE", grantedOn, name, "ROLE", role, "false", grantedBy];
}

function listToUser(user: string, context: StatementContext): RowsOutcome {
  if (context.objects.find("USER", [user]) === undefined) throw doesNotExist("User", user);
  return roleTable(
    context.objects.state.roleGrants
      .filter(({ toType, to }) => toType === "USER" && to === user)
      .map((grant) => [
        timestampCell(grant.createdOn),
        grant.role,
        "USER",
        grant.to,
        grant.grantedBy,
      ]),
  );
}

function listOfRole(role: string, context: StatementContext): RowsOutcome {
  requireRole(role, context);
  return roleTable(
    context.objects.state.roleGrants
      .filter((grant) => grant.role === role)
      .map((grant) => [
        timestampCell(grant.createdOn),
        grant.role,
        grant.toType,
        grant.to,
        grant.grantedBy,
      ]),
  );
}

function listOfServiceRole(
  serviceName: readonly string[],
  role: string,
  context: StatementContext,
): RowsOutcome {
  const service = context.get("SERVICE", serviceName);
  const { name } = serviceRoleOf(service, role);
  return roleTable(
    context.objects.state.serviceRoleGrants
      .filter((grant) => grant.service === service.id && grant.serviceRole === name)
      .map((grant) => [timestampCell(grant.createdOn), name, "ROLE", grant.role, grant.grantedBy]),
  );
}

function requireRole(role: string, context: StatementContext): void {
  if (context.objects.find("ROLE", [role]) === undefined) throw doesNotExist("Role", role);
}
