import { serviceRolesOf } from "../access-rules.ts";
import { fullName, ownName } from "../account-objects.ts";
import { acceptKind } from "../object-kinds.ts";
import { accountPrivileges, objectPrivileges } from "../privileges.ts";
import type { AccountObject, ObjectType, RoleObject, ServiceObject } from "../state.ts";
import type { Statement } from "../statement.ts";
import { type StatementContext, typeNames } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { doesNotExist, notPossible, notSimulated } from "../statement-error.ts";
import { statementSucceeded } from "../statement-result.ts";
import { readKindName } from "./kind-name.ts";

/** `GRANT …`. */
export function readGrant(cursor: StatementCursor): Statement {
  if (cursor.comesNext("DATABASE ROLE")) throw notSimulated("DATABASE ROLE");
  if (cursor.accept("SERVICE ROLE")) return readServiceRole(cursor, "grant");
  if (cursor.accept("ROLE")) return readRole(cursor, "grant");
  return readPrivileges(cursor, "grant");
}

/** `REVOKE …`. */
export function readRevoke(cursor: StatementCursor): Statement {
  if (cursor.comesNext("DATABASE ROLE")) throw notSimulated("DATABASE ROLE");
  if (cursor.accept("SERVICE ROLE")) return readServiceRole(cursor, "revoke");
  if (cursor.accept("ROLE")) return readRole(cursor, "revoke");
  return readPrivileges(cursor, "revoke");
}

type Direction = "grant" | "revoke";

function expectDirection(cursor: StatementCursor, direction: Direction): void {
  cursor.expect(direction === "grant" ? "TO" : "FROM");
}

function managesGrants(context: StatementContext): boolean {
  return context.access.holds(context.actor, "MANAGE GRANTS", undefined);
}

/** An object to be granted: those who manage grants need not see it otherwise. */
function target<T extends ObjectType>(type: T, name: readonly string[], context: StatementContext) {
  const full = context.qualify(type, name);
  const object = managesGrants(context)
    ? context.objects.find(type, full)
    : context.find(type, full);
  if (object === undefined) throw context.missing(type, full);
  return object;
}

function roleNamed(name: string, context: StatementContext): RoleObject {
  const role = context.objects.find("ROLE", [name]);
  if (role === undefined) throw doesNotExist("Role", name);
  return role;
}

function readRole(cursor: StatementCursor, direction: Direction): Statement {
  const name = cursor.identifier();
  expectDirection(cursor, direction);
  const toType = cursor.expectOneOf(["ROLE", "USER"] as const);
  const to = cursor.identifier();
  cursor.expectEnd();
  return (context) => {
    const role = roleNamed(name, context);
    if (!managesGrants(context)) context.require("OWNERSHIP", role);
    if (context.objects.find(toType, [to]) === undefined) {
      throw doesNotExist(typeNames[toType].label, to);
    }
    if (direction === "grant") giveRole({ name, toType, to }, context);
    else takeRole({ name, toType, to }, context);
    return statementSucceeded;
  };
}

interface RoleGift {
  readonly name: string;
  readonly toType: "ROLE" | "USER";
  readonly to: string;
}

function giveRole({ name, toType, to }: RoleGift, context: StatementContext): void {
  if (toType === "ROLE" && (name === to || context.access.closure(name).has(to))) {
    throw notPossible(`Role '${name}' cannot be granted to role '${to}': that would be a cycle.`);
  }
  takeRole({ name, toType, to }, context);
  context.objects.state.roleGrants.push({
    role: name,
    toType,
    to,
    grantedBy: context.session.role,
    createdOn: context.now,
  });
}

function takeRole({ name, toType, to }: RoleGift, { objects }: StatementContext): void {
  objects.state.roleGrants = objects.state.roleGrants.filter(
    (grant) => grant.role !== name || grant.toType !== toType || grant.to !== to,
  );
}

/** `database.schema.service!role`. */
export function readServiceRoleName(cursor: StatementCursor): { service: string[]; role: string } {
  const service = cursor.name();
  cursor.expectSymbol("!");
  return { service, role: cursor.identifier() };
}

/** A service's role that is there. */
export function serviceRoleOf(
  service: ServiceObject,
  role: string,
): { readonly name: string; readonly endpoints: readonly string[] } {
  const found = serviceRolesOf(service).find(({ name }) => name === role.toUpperCase());
  if (found === undefined) throw doesNotExist("Service role", `${fullName(service)}!${role}`);
  return found;
}

function readServiceRole(cursor: StatementCursor, direction: Direction): Statement {
  const { service: serviceName, role } = readServiceRoleName(cursor);
  expectDirection(cursor, direction);
  if (cursor.comesNext("DATABASE ROLE")) throw notSimulated("DATABASE ROLE");
  cursor.expect("ROLE");
  const to = cursor.identifier();
  cursor.expectEnd();
  return (context) => {
    const service = target("SERVICE", serviceName, context);
    if (!managesGrants(context)) context.require("OWNERSHIP", service);
    const serviceRole = serviceRoleOf(service, role).name;
    roleNamed(to, context);
    const { state } = context.objects;
    state.serviceRoleGrants = state.serviceRoleGrants.filter(
      (grant) =>
        grant.service !== service.id || grant.serviceRole !== serviceRole || grant.role !== to,
    );
    if (direction === "grant") {
      state.serviceRoleGrants.push({
        service: service.id,
        serviceRole,
        role: to,
        grantedBy: context.session.role,
        createdOn: context.now,
      });
    }
    return statementSucceeded;
  };
}

interface PrivilegeOrder {
  readonly privileges: readonly string[];
  /** `undefined` is the account. */
  readonly on: { readonly type: ObjectType; readonly name: string[] } | undefined;
  readonly role: string;
  readonly hasGrantOption: boolean;
}

function readPrivileges(cursor: StatementCursor, direction: Direction): Statement {
  const hasOptionFirst = direction === "revoke" && cursor.accept("GRANT OPTION FOR");
  const written = readPrivilegeList(cursor);
  cursor.expect("ON");
  if (cursor.comesNext("FUTURE") || cursor.comesNext("ALL")) {
    throw notSimulated(`GRANT … ON ${cursor.word()}`);
  }
  const start = cursor.peek();
  const on = cursor.accept("ACCOUNT")
    ? undefined
    : acceptKind(cursor, ({ type }) => ({ type, name: readKindName(cursor, type) }));
  if (on === undefined && start?.text.toUpperCase() !== "ACCOUNT") throw cursor.fail();
  expectDirection(cursor, direction);
  cursor.accept("ROLE");
  const role = cursor.identifier();
  if (written.includes("OWNERSHIP"))
    cursor.acceptOneOf(["COPY CURRENT GRANTS", "REVOKE CURRENT GRANTS"]);
  const hasGrantOption = direction === "grant" && cursor.accept("WITH GRANT OPTION");
  cursor.acceptOneOf(["CASCADE", "RESTRICT"]);
  cursor.expectEnd();
  if (hasOptionFirst) throw notSimulated("REVOKE GRANT OPTION FOR");
  const order = { privileges: written, on, role, hasGrantOption };
  if (written.includes("OWNERSHIP")) return (context) => transferOwnership(order, context);
  return (context) => changePrivileges(order, direction, context);
}

const knownPrivileges: ReadonlySet<string> = new Set([
  ...accountPrivileges,
  ...Object.values(objectPrivileges).flat(),
  "OWNERSHIP",
  "ALL",
]);

function readPrivilegeList(cursor: StatementCursor): string[] {
  const privileges: string[] = [];
  do {
    const start = cursor.peek();
    const words = [cursor.word()];
    while (!cursor.comesNext("ON") && cursor.peek()?.kind === "word") words.push(cursor.word());
    const privilege = words.join(" ").replace(/^ALL PRIVILEGES$/, "ALL");
    if (!knownPrivileges.has(privilege)) throw cursor.fail(start);
    privileges.push(privilege);
  } while (cursor.acceptSymbol(","));
  return privileges;
}

function transferOwnership(order: PrivilegeOrder, context: StatementContext) {
  if (order.on === undefined) throw context.forbidden(undefined);
  const object: AccountObject = target(order.on.type, order.on.name, context);
  if (!managesGrants(context)) context.require("OWNERSHIP", object);
  if (object.type === "SERVICE") {
    throw notPossible("The ownership of a service can't be transferred.");
  }
  object.owner = ownName(roleNamed(order.role, context));
  return statementSucceeded;
}

function changePrivileges(order: PrivilegeOrder, direction: Direction, context: StatementContext) {
  const object: AccountObject | undefined =
    order.on === undefined ? undefined : target(order.on.type, order.on.name, context);
  const role = ownName(roleNamed(order.role, context));
  const possible = object === undefined ? accountPrivileges : objectPrivileges[object.type];
  const isAll = order.privileges.includes("ALL");
  const wrong = order.privileges.find((one) => one !== "ALL" && !possible.includes(one));
  if (wrong !== undefined) {
    const label = object === undefined ? "ACCOUNT" : object.type;
    throw notPossible(`Invalid privilege '${wrong}' for object type '${label}'.`);
  }
  const { state } = context.objects;
  const on = object?.id ?? 0;
  for (const privilege of isAll ? possible : order.privileges) {
    requireGrantable(privilege, object, context);
    state.grants = state.grants.filter(
      (grant) => grant.on !== on || grant.privilege !== privilege || grant.role !== role,
    );
    if (direction === "revoke") continue;
    state.grants.push({
      privilege,
      on,
      role,
      hasGrantOption: order.hasGrantOption,
      grantedBy: context.session.role,
      createdOn: context.now,
    });
  }
  return statementSucceeded;
}

/** To grant takes the ownership of the object, the privilege with grant option, or MANAGE GRANTS (not on the account). */
function requireGrantable(
  privilege: string,
  object: AccountObject | undefined,
  context: StatementContext,
): void {
  if (object !== undefined && managesGrants(context)) return;
  if (object !== undefined && context.access.owns(context.actor, object)) return;
  const roles = context.access.closure(context.session.role);
  const isHeld = context.objects.state.grants.some(
    (grant) =>
      grant.on === (object?.id ?? 0) &&
      grant.privilege === privilege &&
      grant.hasGrantOption &&
      roles.has(grant.role),
  );
  if (!isHeld) throw context.forbidden(object);
}
