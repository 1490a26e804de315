import { ownName } from "../account-objects.ts";
import { readAlteration } from "../alteration.ts";
import {
  booleanColumn,
  commentColumn,
  createdOnColumn,
  nameColumn,
  ownerColumn,
  textColumn,
} from "../columns.ts";
import { bareKey } from "../fresh-state.ts";
import type { ObjectKind } from "../object-kind.ts";
import { authenticationPrivilege } from "../privileges.ts";
import {
  booleanProperty,
  choiceProperty,
  identifierProperty,
  integerProperty,
  type PropertiesOf,
  readProperties,
  textListProperty,
  textProperty,
} from "../properties.ts";
import type { UserObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { notPossible } from "../statement-error.ts";
import { type Cell, queryResult, type RowsOutcome } from "../statement-result.ts";
import { readTokenChange } from "./access-tokens.ts";

const shape = {
  PASSWORD: textProperty,
  LOGIN_NAME: textProperty,
  DISPLAY_NAME: textProperty,
  FIRST_NAME: textProperty,
  LAST_NAME: textProperty,
  EMAIL: textProperty,
  TYPE: choiceProperty("PERSON", "SERVICE", "LEGACY_SERVICE"),
  MUST_CHANGE_PASSWORD: booleanProperty,
  DISABLED: booleanProperty,
  DAYS_TO_EXPIRY: integerProperty(1, 36_500),
  DEFAULT_ROLE: identifierProperty,
  DEFAULT_WAREHOUSE: identifierProperty,
  DEFAULT_NAMESPACE: textProperty,
  DEFAULT_SECONDARY_ROLES: textListProperty,
  RSA_PUBLIC_KEY: textProperty,
  COMMENT: textProperty,
};

type UserProperties = PropertiesOf<typeof shape>;

/** Users, with their passwords, keys and programmatic access tokens. */
export const userKind: ObjectKind<"USER"> = {
  type: "USER",
  words: ["USER"],
  plural: ["USERS"],
  createPrivilege: "CREATE USER",
  canReplace: true,
  readCreate(cursor) {
    const properties = readProperties(cursor, shape);
    return (base) => {
      const user: UserObject = {
        ...base,
        type: "USER",
        comment: "",
        userType: "PERSON",
        password: null,
        rsaPublicKey: null,
        defaultRole: null,
        defaultWarehouse: null,
        defaultNamespace: null,
        hasDefaultSecondaryRoles: true,
        mustChangePassword: false,
        isDisabled: false,
        hasSecondFactor: false,
        tokens: [],
        properties: {},
      };
      setProperties(user, properties);
      return user;
    };
  },
  readAlter(cursor) {
    const changeTokens = readTokenChange(cursor);
    if (changeTokens !== undefined) return changeTokens;
    const { set, unset } = readAlteration(cursor, shape);
    return (user, context) => {
      const isKey = [...unset, ...Object.keys(set)].every((name) => name === "RSA_PUBLIC_KEY");
      context.require(isKey ? authenticationPrivilege : "OWNERSHIP", user);
      for (const name of unset) unsetProperty(user, name);
      setProperties(user, set);
      return undefined;
    };
  },
  columns: [
    nameColumn,
    createdOnColumn,
    textColumn("login_name", (user) => String(user.properties["LOGIN_NAME"] ?? ownName(user))),
    textColumn("display_name", (user) => String(user.properties["DISPLAY_NAME"] ?? ownName(user))),
    textColumn("email", (user) => propertyText(user, "EMAIL")),
    booleanColumn("must_change_password", (user) => user.mustChangePassword),
    booleanColumn("disabled", (user) => user.isDisabled),
    commentColumn,
    textColumn("default_warehouse", (user) => user.defaultWarehouse),
    textColumn("default_namespace", (user) => user.defaultNamespace),
    textColumn("default_role", (user) => user.defaultRole),
    textColumn("default_secondary_roles", secondaryRoles),
    booleanColumn("ext_authn_duo", (user) => user.hasSecondFactor),
    ownerColumn,
    booleanColumn("has_password", (user) => user.password !== null),
    booleanColumn("has_rsa_public_key", (user) => user.rsaPublicKey !== null),
    textColumn("type", (user) => user.userType),
    booleanColumn("has_mfa", (user) => user.hasSecondFactor),
    booleanColumn("has_pat", (user) => user.tokens.length > 0),
  ],
  describe: describeUser,
};

function setProperties(user: UserObject, properties: UserProperties): void {
  const userType = properties.TYPE ?? user.userType;
  const password = properties.PASSWORD ?? user.password;
  if (userType === "SERVICE" && password !== null) {
    throw notPossible("Cannot set the property 'PASSWORD' of a user with TYPE = 'SERVICE'.");
  }
  user.userType = userType;
  user.password = password;
  user.mustChangePassword = properties.MUST_CHANGE_PASSWORD ?? user.mustChangePassword;
  user.isDisabled = properties.DISABLED ?? user.isDisabled;
  user.defaultRole = properties.DEFAULT_ROLE ?? user.defaultRole;
  user.defaultWarehouse = properties.DEFAULT_WAREHOUSE ?? user.defaultWarehouse;
  user.defaultNamespace = properties.DEFAULT_NAMESPACE?.toUpperCase() ?? user.defaultNamespace;
  user.comment = properties.COMMENT ?? user.comment;
  if (properties.DEFAULT_SECONDARY_ROLES !== undefined) {
    user.hasDefaultSecondaryRoles = properties.DEFAULT_SECONDARY_ROLES.length > 0;
  }
  if (properties.RSA_PUBLIC_KEY !== undefined) {
    user.rsaPublicKey = bareKey(properties.RSA_PUBLIC_KEY);
  }
  for (const name of ["LOGIN_NAME", "DISPLAY_NAME", "FIRST_NAME", "LAST_NAME", "EMAIL"] as const) {
    const value = properties[name];
    if (value !== undefined) user.properties[name] = value;
  }
}

function unsetProperty(user: UserObject, name: keyof typeof shape): void {
  const defaults: { readonly [K in keyof typeof shape]?: () => void } = {
    PASSWORD: () => (user.password = null),
    RSA_PUBLIC_KEY: () => (user.rsaPublicKey = null),
    DEFAULT_ROLE: () => (user.defaultRole = null),
    DEFAULT_WAREHOUSE: () => (user.defaultWarehouse = null),
    DEFAULT_NAMESPACE: () => (user.defaultNamespace = null),
    DEFAULT_SECONDARY_ROLES: () => (user.hasDefaultSecondaryRoles = true),
    MUST_CHANGE_PASSWORD: () => (user.mustChangePassword = false),
    DISABLED: () => (user.isDisabled = false),
    TYPE: () => (user.userType = "PERSON"),
    COMMENT: () => (user.comment = ""),
  };
  const reset = defaults[name];
  if (reset === undefined) delete user.properties[name];
  else reset();
}

function propertyText(user: UserObject, name: string): string {
  return String(user.properties[name] ?? "");
}

function secondaryRoles(user: UserObject): string {
  return user.hasDefaultSecondaryRoles ? '["ALL"]' : "[]";
}

function describeUser(user: UserObject, context: StatementContext): RowsOutcome {
  context.require("MONITOR", user);
  const rows: [string, Cell][] = [
    ["NAME", ownName(user)],
    ["LOGIN_NAME", String(user.properties["LOGIN_NAME"] ?? ownName(user))],
    ["EMAIL", propertyText(user, "EMAIL")],
    ["PASSWORD", user.password === null ? "null" : "********"],
    ["MUST_CHANGE_PASSWORD", String(user.mustChangePassword)],
    ["DISABLED", String(user.isDisabled)],
    ["TYPE", user.userType],
    ["DEFAULT_ROLE", user.defaultRole ?? "null"],
    ["DEFAULT_WAREHOUSE", user.defaultWarehouse ?? "null"],
    ["DEFAULT_NAMESPACE", user.defaultNamespace ?? "null"],
    ["DEFAULT_SECONDARY_ROLES", secondaryRoles(user)],
    ["RSA_PUBLIC_KEY", user.rsaPublicKey ?? "null"],
    ["COMMENT", user.comment],
  ];
  return queryResult(
    ["property", "value", "default", "description"].map((name) => ({ name, type: "text" })),
    rows.map(([property, value]) => [property, value, "null", ""]),
  );
}
