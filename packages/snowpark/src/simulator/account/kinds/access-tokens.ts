import { ownName } from "../account-objects.ts";
import type { Change } from "../object-kind.ts";
import { authenticationPrivilege } from "../privileges.ts";
import {
  booleanProperty,
  identifierProperty,
  integerProperty,
  readProperties,
  textProperty,
} from "../properties.ts";
import type { AccessToken, UserObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { alreadyExists, doesNotExist, missingOptions } from "../statement-error.ts";
import { queryResult, type RowsOutcome, statusResult, timestampCell } from "../statement-result.ts";

const dayMs = 24 * 3_600_000;
const defaultDaysToExpiry = 15;

const addShape = {
  ROLE_RESTRICTION: identifierProperty,
  DAYS_TO_EXPIRY: integerProperty(1, 365),
  MINS_TO_BYPASS_NETWORK_POLICY_REQUIREMENT: integerProperty(0, 1440),
  COMMENT: textProperty,
};

/** Reads what `ALTER USER` says of programmatic access tokens. `undefined` when it is about something else. */
export function readTokenChange(cursor: StatementCursor): Change<"USER"> | undefined {
  const verb = cursor.acceptOneOf(["ADD", "REMOVE", "MODIFY", "ROTATE"]);
  if (verb === undefined) return undefined;
  if (!cursor.accept("PAT")) cursor.expect("PROGRAMMATIC ACCESS TOKEN");
  const name = cursor.identifier();
  if (verb === "ADD") return readAdd(cursor, name);
  if (verb === "MODIFY") return readModify(cursor, name);
  cursor.expectEnd();
  return (user, context) => {
    requireCare(user, context);
    const token = tokenOf(user, name);
    if (verb === "REMOVE") {
      user.tokens = user.tokens.filter((one) => one !== token);
      return statusResult(`Programmatic access token ${name} successfully removed.`);
    }
    token.secret = newSecret(context);
    return secretResult(token);
  };
}

function readAdd(cursor: StatementCursor, name: string): Change<"USER"> {
  const properties = readProperties(cursor, addShape);
  cursor.expectEnd();
  return (user, context) => {
    requireCare(user, context);
    if (user.tokens.some((token) => token.name === name)) throw alreadyExists(name);
    const roleRestriction = properties.ROLE_RESTRICTION ?? null;
    if (roleRestriction === null && user.userType === "SERVICE") {
      throw missingOptions(["ROLE_RESTRICTION"]);
    }
    const isAssignable =
      roleRestriction === null ||
      context.access.assignableRoles(ownName(user)).has(roleRestriction);
    if (!isAssignable) throw doesNotExist("Role", roleRestriction ?? "");
    const token: AccessToken = {
      name,
      secret: newSecret(context),
      roleRestriction,
      createdOn: context.now,
      expiresOn: context.now + (properties.DAYS_TO_EXPIRY ?? defaultDaysToExpiry) * dayMs,
      isDisabled: false,
    };
    user.tokens.push(token);
    return secretResult(token);
  };
}

function readModify(cursor: StatementCursor, name: string): Change<"USER"> {
  cursor.expect("SET");
  const { DISABLED: isDisabled } = readProperties(cursor, { DISABLED: booleanProperty });
  if (isDisabled === undefined) throw cursor.fail();
  cursor.expectEnd();
  return (user, context) => {
    requireCare(user, context);
    tokenOf(user, name).isDisabled = isDisabled;
    return undefined;
  };
}

/** `SHOW USER PROGRAMMATIC ACCESS TOKENS [FOR USER …]`: never the secrets. */
export function listTokens(user: UserObject, context: StatementContext): RowsOutcome {
  requireCare(user, context);
  return queryResult(
    [
      { name: "name", type: "text" },
      { name: "user_name", type: "text" },
      { name: "role_restriction", type: "text" },
      { name: "expires_at", type: "timestamp_ltz" },
      { name: "status", type: "text" },
      { name: "created_on", type: "timestamp_ltz" },
    ],
    user.tokens.map((token) => [
      token.name,
      ownName(user),
      token.roleRestriction,
      timestampCell(token.expiresOn),
      statusOf(token, context.now),
      timestampCell(token.createdOn),
    ]),
  );
}

function statusOf(token: AccessToken, now: number): string {
  if (token.isDisabled) return "DISABLED";
  return token.expiresOn <= now ? "EXPIRED" : "ACTIVE";
}

/** A user may see to its own tokens. */
function requireCare(user: UserObject, context: StatementContext): void {
  if (ownName(user) !== context.session.user) context.require(authenticationPrivilege, user);
}

function tokenOf(user: UserObject, name: string): AccessToken {
  const token = user.tokens.find((one) => one.name === name);
  if (token === undefined) throw doesNotExist("Programmatic access token", name);
  return token;
}

function newSecret(context: StatementContext): string {
  return context.parts.options.newSecret?.() ?? `simulated-token-${context.objects.takeId()}`;
}

function secretResult(token: AccessToken): RowsOutcome {
  return queryResult(
    [
      { name: "token_name", type: "text" },
      { name: "token_secret", type: "text" },
    ],
    [[token.name, token.secret]],
  );
}
