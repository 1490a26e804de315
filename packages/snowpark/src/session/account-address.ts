import { SnowparkError } from "../base/snowpark-error.ts";

/** What of a connection decides where requests go. */
export interface AccountAddress {
  /** `<organization>-<account>`, or a locator such as `xy12345.eu-central-1`. */
  readonly account: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol?: string;
}

/**
 * Where the account's API is: `https://<account>.snowflakecomputing.com`, unless a host is given.
 *
 * @throws SnowparkError `invalid-configuration` for what would be another host than the one that is meant, and for
 *   `http` to another machine: sign-ins go there.
 */
export function accountUrl(address: AccountAddress): URL {
  const { account, host, port } = address;
  const protocol = (address.protocol ?? "https").toLowerCase();
  checkAccount(account);
  if (host !== undefined) checkHost(host);
  checkProtocol(protocol, host);
  // Names of hosts have no underscores: the same account answers to hyphens.
  const label = account.toLowerCase().replaceAll("_", "-");
  const isInChina = /\.cn-/.test(`.${label.split(".").slice(1).join(".")}`);
  const name = host ?? `${label}.snowflakecomputing.${isInChina ? "cn" : "com"}`;
  const url = new URL(`${protocol}://${name}`);
  if (port !== undefined) url.port = String(port);
  return url;
}

const accountPattern = /^[A-Za-z0-9_]+(?:[-.][A-Za-z0-9_]+)*$/;
const accountHost = /\.snowflakecomputing\.(?:com|cn)(?:[:/].*)?$/i;
const hostPattern = /^(?:[A-Za-z0-9_]+(?:[-.]+[A-Za-z0-9_]+)*|\[[0-9A-Fa-f:.]+\])$/;
const loopback = /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;

function checkAccount(account: string): void {
  if (accountPattern.test(account) && !accountHost.test(account)) return;
  const within = account.replace(/^https?:\/\//i, "").replace(accountHost, "");
  throw refused(
    `account ${JSON.stringify(account)} is no account's identifier`,
    accountHost.test(account) && accountPattern.test(within)
      ? `Write the identifier alone: account = "${within}"`
      : 'It is written as in account = "<organization>-<account>": SELECT CURRENT_ORGANIZATION_NAME(), CURRENT_ACCOUNT_NAME()',
  );
}

function checkHost(host: string): void {
  if (hostPattern.test(host)) return;
  throw refused(
    `host ${JSON.stringify(host)} is no name of a host`,
    "Write the host's name alone; `port` and `protocol` are keys of their own",
  );
}

function checkProtocol(protocol: string, host: string | undefined): void {
  const remedy =
    "Leave `protocol` out: it is https. Only a host of this machine is reached over http";
  if (protocol !== "https" && protocol !== "http") {
    throw refused(`protocol ${JSON.stringify(protocol)} is not known`, remedy);
  }
  if (protocol === "http" && !loopback.test(host ?? "")) {
    throw refused("protocol http would send the sign-in unencrypted", remedy);
  }
}

function refused(message: string, remedy: string): SnowparkError {
  return new SnowparkError("invalid-configuration", `The connection's ${message}`, { remedy });
}

/**
 * The account as a key pair's assertion names it: upper case, without region, cloud and `privatelink`
 * (docs.snowflake.com, "Authenticating to the server", which cuts `.global` accounts at their hyphen).
 */
export function accountOfAssertion(account: string): string {
  const dot = account.indexOf(".");
  if (dot === -1) return account.toUpperCase();
  const cut = account.includes(".global") ? account.indexOf("-") : dot;
  return (cut > 0 ? account.slice(0, cut) : account).toUpperCase();
}
