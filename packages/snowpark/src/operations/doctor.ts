import { explain } from "../base/known-errors.ts";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { SqlRow } from "../session/snow-session.ts";
import { identifier, literal } from "../sql/quote.ts";
import { pricedFamilies } from "./hourly-cost.ts";
import type { OperationContext } from "./operation-context.ts";

/** One thing that a deployment needs. */
export interface DoctorCheck {
  readonly title: string;
  readonly result: "ok" | "warn" | "fail";
  /** What was found. */
  readonly found: string;
  /** What to do, where something is to be done. */
  readonly remedy?: string;
}

/** What {@link examine} looks at besides the account. */
export interface DoctorTools {
  /** Whether images can be built and pushed here: what with, or why not (it throws). */
  readonly examineImages: () => Promise<string>;
  /** Signs in to the registry at the URL of a repository; throws when it is refused. */
  readonly examineRegistry: (repositoryUrl: string) => Promise<void>;
}

/** Roles that may own no service, and whose holders no ingress lets in while one of them is their default role. */
const administratorRoles: ReadonlySet<string> = new Set([
  "ACCOUNTADMIN",
  "SECURITYADMIN",
  "ORGADMIN",
]);

/** What the role that makes the rest must be able to give away. */
const accountPrivileges = [
  "CREATE COMPUTE POOL",
  "BIND SERVICE ENDPOINT",
  "CREATE DATABASE",
  "CREATE WAREHOUSE",
] as const;

const clockSkewMsMax = 30_000;

/**
 * Finds out, before anything is made, whether `up` can work: nothing is changed. Each check stands alone; one that
 * fails doesn't hide the others, only what needs the sign-in is left out when that fails.
 */
export async function* examine(
  context: OperationContext,
  tools: DoctorTools,
): AsyncGenerator<DoctorCheck> {
  const signIn = await check("Sign-in", () => examineSignIn(context));
  yield signIn;
  if (signIn.result !== "fail") {
    yield await check("Clock", () => examineClock(context));
    yield await check("Roles", () => examineRoles(context));
    yield await check("Privileges", () => examinePrivileges(context));
    yield await check("Users", () => examineUsers(context));
    yield await check("Default role", () => examineDefaultRole(context));
    yield await check("Instance family", () => examineFamilies(context));
    yield await check("Image registry", () => examineRegistry(context, tools));
  }
  yield await check("Images", async () => ({ found: await tools.examineImages() }));
}

type Finding = Omit<DoctorCheck, "title" | "result"> & { readonly result?: DoctorCheck["result"] };

async function check(title: string, look: () => Promise<Finding>): Promise<DoctorCheck> {
  try {
    return { title, result: "ok", ...(await look()) };
  } catch (error) {
    if (!(error instanceof SnowparkError) || error.code === "cancelled") throw error;
    const remedy = error.details.remedy ?? explain(error);
    return {
      title,
      result: "fail",
      found: error.message,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
}

async function rowsOf(
  { session, signal }: OperationContext,
  statement: string,
  role?: string,
): Promise<readonly SqlRow[]> {
  const { rows } = await session.execute(statement, {
    ...(role === undefined ? {} : { role }),
    ...(signal === undefined ? {} : { signal }),
  });
  return rows;
}

/** The values of a row in order: what columns of expressions are called is Snowflake's business. */
async function valuesOf(
  context: OperationContext,
  expressions: readonly string[],
): Promise<string[]> {
  const [row = {}] = await rowsOf(context, `SELECT ${expressions.join(", ")}`);
  return Object.values(row).map((value) => value ?? "");
}

async function examineSignIn(context: OperationContext): Promise<Finding> {
  const [organization, account, user, region] = await valuesOf(context, [
    "CURRENT_ORGANIZATION_NAME()",
    "CURRENT_ACCOUNT_NAME()",
    "CURRENT_USER()",
    "CURRENT_REGION()",
  ]);
  return { found: `${user} in ${organization}-${account}, region ${region}` };
}

async function examineClock(context: OperationContext): Promise<Finding> {
  const before = context.clock.now();
  const [moment = ""] = await valuesOf(context, ["CURRENT_TIMESTAMP()"]);
  const after = context.clock.now();
  const server = Date.parse(moment);
  if (Number.isNaN(server)) return { found: "Snowflake's clock could not be read", result: "warn" };
  // The server's moment lies somewhere between the two.
  const skew = Math.max(before - server, server - after, 0);
  if (skew <= clockSkewMsMax) return { found: "This machine's clock agrees with Snowflake's" };
  return {
    result: "warn",
    found: `This machine's clock is ${Math.round(skew / 1_000)} s off`,
    remedy: "Set the clock: signed sign-ins (key pairs) are refused when it is wrong by a minute.",
  };
}

async function examineRoles(context: OperationContext): Promise<Finding> {
  const { adminRole, names, existing } = context.config;
  const available = await availableRoles(context);
  const needed = [adminRole, ...(existing.includes("ownerRole") ? [names.ownerRole] : [])];
  const missing = needed.filter((role) => !available.includes(role));
  if (missing.length > 0) {
    return {
      result: "fail",
      found: `${context.session.user} does not have ${missing.join(", ")}`,
      remedy: `Sign in as a user who has it, or set adminRole to one that may make roles and give privileges.`,
    };
  }
  if (administratorRoles.has(names.ownerRole)) {
    return {
      result: "fail",
      found: `${names.ownerRole} can own no service`,
      remedy: "Give names.ownerRole a role made for this (the default one is).",
    };
  }
  return { found: `${needed.join(", ")} can be used` };
}

async function availableRoles(context: OperationContext): Promise<readonly string[]> {
  const [list = "[]"] = await valuesOf(context, ["CURRENT_AVAILABLE_ROLES()"]);
  const roles: unknown = JSON.parse(list);
  return Array.isArray(roles) ? roles.map(String) : [];
}

async function examinePrivileges(context: OperationContext): Promise<Finding> {
  const { adminRole } = context.config;
  const rows = await rowsOf(context, `SHOW GRANTS TO ROLE ${identifier(adminRole)}`, adminRole);
  const held = new Set(
    rows.filter((row) => row["granted_on"] === "ACCOUNT").map((row) => row["privilege"]),
  );
  const missing = accountPrivileges.filter((privilege) => !held.has(privilege));
  // ACCOUNTADMIN has all of them, listed or not.
  if (missing.length === 0 || adminRole === "ACCOUNTADMIN") {
    return { found: `${adminRole} can give ${accountPrivileges.join(", ")}` };
  }
  return {
    result: "fail",
    found: `${adminRole} lacks ${missing.join(", ")}`,
    remedy: `As ACCOUNTADMIN: ${missing
      .map(
        (privilege) =>
          `GRANT ${privilege} ON ACCOUNT TO ROLE ${identifier(adminRole)} WITH GRANT OPTION;`,
      )
      .join(" ")}`,
  };
}

async function examineUsers(context: OperationContext): Promise<Finding> {
  const { users, adminRole } = context.config;
  if (users.length === 0) {
    return {
      result: "warn",
      found: "No user is listed to open the notebook and call the functions",
      remedy: "List some under `users`, or grant the user role yourself.",
    };
  }
  const missing: string[] = [];
  for (const user of users) {
    if ((await findUser(context, user, adminRole)) === undefined) missing.push(user);
  }
  if (missing.length === 0) return { found: users.join(", ") };
  return {
    result: "fail",
    found: `There is no user ${missing.join(", ")}`,
    remedy: "Correct `users`, or create them: redkite creates no users.",
  };
}

async function examineDefaultRole(context: OperationContext): Promise<Finding> {
  const { config, session } = context;
  const trapped: string[] = [];
  for (const user of new Set([session.user, ...config.users])) {
    const row = await findUser(context, user, config.adminRole);
    const role = row?.["default_role"] ?? "";
    if (administratorRoles.has(role)) trapped.push(`${user} (${role})`);
  }
  if (trapped.length === 0) return { found: "Nobody's is one that the ingress refuses" };
  return {
    result: "warn",
    found: `${trapped.join(", ")}: cannot open the notebook in a browser`,
    remedy: `The ingress refuses sign-ins with an administrator's default role: ALTER USER … SET DEFAULT_ROLE = ${identifier(config.names.userRole)};`,
  };
}

async function findUser(
  context: OperationContext,
  user: string,
  role: string,
): Promise<SqlRow | undefined> {
  const pattern = user.replaceAll(/[\\%_]/g, "\\$&");
  const rows = await rowsOf(context, `SHOW USERS LIKE ${literal(pattern)}`, role);
  return rows.find((row) => row["name"] === user);
}

async function examineFamilies(context: OperationContext): Promise<Finding> {
  const { instanceFamily } = context.config.pool;
  const rows = await rowsOf(
    context,
    "SHOW COMPUTE POOL INSTANCE FAMILIES",
    context.config.adminRole,
  );
  const families = rows.map((row) => row["name"] ?? "");
  if (families.length === 0) {
    return {
      result: "fail",
      found: "The account lists no instance families",
      remedy:
        "Snowpark Container Services are not in this account: some regions and trial accounts lack them.",
    };
  }
  if (families.includes(instanceFamily)) return { found: `${instanceFamily} is in this region` };
  const known = families.filter((family) => pricedFamilies.includes(family));
  return {
    result: "fail",
    found: `${instanceFamily} is not in this region`,
    remedy: `Set pool.instanceFamily to one of ${(known.length > 0 ? known : families).join(", ")}`,
  };
}

async function examineRegistry(context: OperationContext, tools: DoctorTools): Promise<Finding> {
  const rows = await rowsOf(
    context,
    "SHOW IMAGE REPOSITORIES IN ACCOUNT",
    context.config.adminRole,
  );
  const url = rows.find((row) => row["repository_url"])?.["repository_url"];
  if (url === undefined || url === null) {
    return { found: "There is no image repository yet, which would tell the registry's address" };
  }
  await tools.examineRegistry(url);
  return { found: `${url.split("/", 1)[0]} lets ${context.session.user} in` };
}
