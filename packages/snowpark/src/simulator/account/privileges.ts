import type { ObjectType } from "./state.ts";

/** On a user: to give it keys and programmatic access tokens, without owning it. */
export const authenticationPrivilege = "MODIFY PROGRAMMATIC AUTHENTICATION METHODS";

/** What can be granted on an object besides its ownership. */
export const objectPrivileges: Readonly<Record<ObjectType, readonly string[]>> = {
  ROLE: [],
  USER: [authenticationPrivilege, "MONITOR"],
  WAREHOUSE: ["APPLYBUDGET", "MODIFY", "MONITOR", "OPERATE", "USAGE"],
  DATABASE: ["CREATE DATABASE ROLE", "CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE"],
  SCHEMA: [
    "CREATE FUNCTION",
    "CREATE IMAGE REPOSITORY",
    "CREATE NETWORK RULE",
    "CREATE SECRET",
    "CREATE SERVICE",
    "CREATE SNAPSHOT",
    "CREATE STAGE",
    "MODIFY",
    "MONITOR",
    "USAGE",
  ],
  STAGE: ["READ", "WRITE", "USAGE"],
  "IMAGE REPOSITORY": ["READ", "WRITE", "SERVICE READ"],
  "COMPUTE POOL": ["MODIFY", "MONITOR", "OPERATE", "USAGE"],
  SERVICE: ["MONITOR", "OPERATE", "USAGE"],
  SECRET: ["READ", "USAGE"],
  "NETWORK RULE": [],
  INTEGRATION: ["USAGE", "USE_ANY_ROLE"],
  SNAPSHOT: ["USAGE"],
  FUNCTION: ["USAGE"],
};

/** What can be granted on the account. */
export const accountPrivileges: readonly string[] = [
  "BIND SERVICE ENDPOINT",
  "CREATE COMPUTE POOL",
  "CREATE DATABASE",
  "CREATE INTEGRATION",
  "CREATE ROLE",
  "CREATE USER",
  "CREATE WAREHOUSE",
  "EXECUTE TASK",
  "MANAGE GRANTS",
  "MONITOR USAGE",
];

/** The roles that come with an account, what they hold on it, and to which role each is granted. */
export const systemRoles: readonly {
  readonly name: string;
  readonly grantedTo: string | null;
  readonly privileges: readonly string[];
}[] = [
  { name: "ORGADMIN", grantedTo: null, privileges: [] },
  { name: "ACCOUNTADMIN", grantedTo: null, privileges: accountPrivileges },
  { name: "SECURITYADMIN", grantedTo: "ACCOUNTADMIN", privileges: ["MANAGE GRANTS"] },
  { name: "USERADMIN", grantedTo: "SECURITYADMIN", privileges: ["CREATE ROLE", "CREATE USER"] },
  {
    name: "SYSADMIN",
    grantedTo: "ACCOUNTADMIN",
    // That SYSADMIN may create pools is what the Milvus guide for Snowpark relies on.
    privileges: ["CREATE COMPUTE POOL", "CREATE DATABASE", "CREATE WAREHOUSE"],
  },
  { name: "PUBLIC", grantedTo: null, privileges: [] },
];

/** Roles that can't own a service. */
export const rolesThatOwnNoService: ReadonlySet<string> = new Set([
  "ACCOUNTADMIN",
  "SECURITYADMIN",
  "ORGADMIN",
]);
