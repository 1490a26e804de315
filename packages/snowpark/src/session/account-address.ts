/** What of a connection decides where requests go. */
export interface AccountAddress {
  /** `<organization>-<account>`, or a locator such as `xy12345.eu-central-1`. */
  readonly account: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol?: string;
}

/** Where the account's API is: `https://<account>.snowflakecomputing.com`, unless a host is given. */
export function accountUrl({ account, host, port, protocol }: AccountAddress): URL {
  // Names of hosts have no underscores: the same account answers to hyphens.
  const label = account.toLowerCase().replaceAll("_", "-");
  const isInChina = /\.cn-/.test(`.${label.split(".").slice(1).join(".")}`);
  const name = host ?? `${label}.snowflakecomputing.${isInChina ? "cn" : "com"}`;
  const url = new URL(`${protocol ?? "https"}://${name}`);
  if (port !== undefined) url.port = String(port);
  return url;
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
