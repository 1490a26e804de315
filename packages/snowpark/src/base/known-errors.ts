import type { SnowparkErrorDetails } from "./snowpark-error.ts";

interface KnownError {
  /** Snowflake's numbers. Any of them, or the pattern, is enough. */
  readonly codes?: readonly string[];
  readonly pattern?: RegExp;
  /** One or two sentences: what to do. */
  readonly remedy: string;
}

/** In order: the first that fits explains. Those with a pattern come before those that know only a number. */
const catalogue: readonly KnownError[] = [
  {
    pattern: /stage mount v1 not supported/i,
    remedy:
      'New services can\'t mount a stage as `source: "@stage"` (change BCR-2449). Write `source: stage` with `stageConfig.name`.',
  },
  {
    pattern: /invalid consent request/i,
    remedy:
      "A user whose default role is ACCOUNTADMIN, SECURITYADMIN or ORGADMIN can't open an endpoint. Set another default role: ALTER USER … SET DEFAULT_ROLE = …",
  },
  {
    pattern: /unschedulable.*insufficient|insufficient (?:memory|cpu|gpu) resources/i,
    remedy:
      "The container asks for more than a node of the pool has free. Choose a larger pool.instanceFamily, or stop what else runs in the pool.",
  },
  {
    pattern:
      /failed to (?:pull|retrieve) image|\bimage (?!repository)[^\n]*(?:not found|does not exist)/i,
    remedy:
      "The image is not in the repository, or the owner role can't read it. Push it again, and grant READ on the repository to the role that owns the service.",
  },
  {
    pattern: /non-zero exit code|container .*(?:crash|exited)/i,
    remedy:
      "The program in the container ended by itself. Its last lines: `redkite snowpark logs --previous`.",
  },
  {
    pattern: /readiness probe is failing/i,
    remedy:
      "The container runs, but does not answer at its probe's port and path. Its log tells why: `redkite snowpark logs`.",
  },
  {
    pattern: /endpoints? provisioning in progress/i,
    remedy:
      "The address of a new service takes some minutes. Ask again: `redkite snowpark status`.",
  },
  {
    codes: ["392507", "392508"],
    pattern: /(?:insufficient|no|lack of) capacity|capacity (?:error|unavailable)/i,
    remedy:
      "The cloud has no node of this instance family at the moment. Try again later, or choose another pool.instanceFamily.",
  },
  {
    pattern: /invalid instance family/i,
    remedy:
      "This account's region does not have that instance family. SHOW COMPUTE POOL INSTANCE FAMILIES lists what it has.",
  },
  {
    pattern: /bind service endpoint/i,
    remedy:
      "A role that owns a service with public endpoints needs this privilege: GRANT BIND SERVICE ENDPOINT ON ACCOUNT TO ROLE …, as ACCOUNTADMIN.",
  },
  {
    pattern: /name must be uppercase/i,
    remedy: "Names of compute pools are upper case and never quoted.",
  },
  {
    pattern:
      /(?:ACCOUNTADMIN|SECURITYADMIN|ORGADMIN|privileged role).*(?:own|create).*service|service.*privileged role/i,
    remedy:
      "Administrators' roles can't own services. Give names.ownerRole a role made for this (the default one is).",
  },
  {
    pattern: /force.*(?:block|volume)|(?:block|volume).*force/i,
    remedy:
      "The service has a block volume with data. `redkite snowpark down` takes a snapshot first; by hand: DROP SERVICE … FORCE.",
  },
  {
    pattern: /compute pool.*(?:has|contains|still|running).*service|cannot be dropped.*service/i,
    remedy:
      "Services still run in the pool. ALTER COMPUTE POOL … STOP ALL, wait until it is idle, then drop it.",
  },
  {
    pattern:
      /external access integration.*(?:network rule|in use)|network rule.*(?:in use|referenced)/i,
    remedy: "An integration still uses the network rule. Drop the integration first.",
  },
  {
    pattern: /no active warehouse/i,
    remedy:
      "This statement needs a warehouse. Set warehouse.enabled: true, or name one in the connection.",
  },
  {
    pattern: /cannot perform operation.*(?:current database|current schema)/i,
    remedy: "Name the object with its database and schema, or name them in the connection.",
  },
  {
    pattern:
      /trial account|not (?:available|supported|enabled) (?:for|on|in) (?:trial|this account|your account)/i,
    remedy:
      "Snowpark Container Services are not in this account (trial accounts and some regions lack them). `redkite snowpark doctor` finds out.",
  },
  {
    pattern: /[Mm]ulti-?factor|MFA|TOTP|DUO/,
    remedy:
      'This user needs a second factor. Use a key pair or a programmatic access token, or sign in with the browser (authenticator = "externalbrowser").',
  },
  {
    pattern: /network policy (?:is )?required|network policy.*(?:token|PAT)/i,
    remedy:
      "Programmatic access tokens need a network policy for the user, or an authentication policy with PAT_POLICY = (NETWORK_POLICY_EVALUATION = ENFORCED_NOT_REQUIRED).",
  },
  {
    pattern: /(?:IP|address) .*not allowed to access snowflake|incoming request with IP/i,
    remedy:
      "The account's network policy does not admit this address. Ask its administrator, or go through its VPN.",
  },
  {
    codes: ["390144"],
    pattern: /JWT token is invalid/i,
    remedy:
      "Check four things: the user's RSA_PUBLIC_KEY belongs to this private key (DESC USER shows RSA_PUBLIC_KEY_FP), account and user are right, the account has no region in it, and this machine's clock is right.",
  },
  {
    codes: ["390100", "394400"],
    pattern: /incorrect username or password|programmatic access token is invalid/i,
    remedy:
      "Check user and account, and that the password or token is right and not expired. Passwords alone are being phased out: prefer a key pair or a programmatic access token.",
  },
  {
    codes: ["390303", "390318", "390317"],
    pattern: /OAuth access token (?:expired|is invalid)|invalid OAuth/i,
    remedy: "Get a new OAuth token; this one has expired or is for another account.",
  },
  {
    codes: ["390104", "390111", "390112", "390114", "390195"],
    remedy: "The sign-in has ended. Run the command again to sign in anew.",
  },
  {
    codes: ["390189"],
    pattern: /role .* specified in the connect string.*(?:does not exist|not authorized)/i,
    remedy:
      "The role does not exist, or this user does not have it. SHOW GRANTS TO USER … lists what there is.",
  },
  {
    pattern: /user.*(?:locked|disabled)|temporarily locked/i,
    remedy:
      "The user is locked or disabled. An administrator unlocks it: ALTER USER … SET MINS_TO_UNLOCK = 0.",
  },
  {
    codes: ["003001", "003013"],
    pattern: /insufficient privileges/i,
    remedy:
      "The role lacks a privilege. `redkite snowpark doctor` lists what is needed and who can grant it.",
  },
  {
    codes: ["002003", "002043"],
    pattern: /does not exist or not authorized/i,
    remedy:
      "It is not there, or the role has no privilege on it: Snowflake answers the same to both. Check the name, and SHOW GRANTS TO ROLE …",
  },
  {
    codes: ["002002"],
    pattern: /already exists/i,
    remedy:
      "Something of that name is there. Choose another `name`, or list it under `existing` where it is meant to be used.",
  },
  {
    codes: ["001003"],
    pattern: /syntax error/i,
    remedy: "The statement is not valid in this account: the message tells the line and position.",
  },
  {
    pattern: /unauthorized|authentication required|no basic auth credentials/i,
    remedy:
      "The registry refused the sign-in. Its login lasts an hour: try again, and check WRITE on the image repository.",
  },
  {
    pattern: /ENOTFOUND|EAI_AGAIN|getaddrinfo/,
    remedy:
      "There is no host of that name. Check `account` in the connection: `<organization>-<account>`, with hyphens for underscores.",
  },
  {
    pattern: /ECONNREFUSED|ECONNRESET|ETIMEDOUT|fetch failed|socket hang up/,
    remedy: "The host did not answer. Check the network, proxies and the account's network policy.",
  },
  {
    pattern: /CERT_|certificate|self.signed/i,
    remedy:
      "The host's certificate is not trusted here. Behind an inspecting proxy, name its authority in NODE_EXTRA_CA_CERTS.",
  },
];

/** A failure, as far as the catalogue looks at it. */
export interface ExplainableError {
  readonly message: string;
  readonly details?: SnowparkErrorDetails;
}

/** What to do about an error, where it is a known one. */
export function explain(error: ExplainableError): string | undefined {
  const number = error.details?.snowflakeCode;
  const known =
    catalogue.find(({ pattern }) => pattern?.test(error.message)) ??
    catalogue.find(({ codes }) => number !== undefined && codes?.includes(number));
  return known?.remedy;
}
