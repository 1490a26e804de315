import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** Headers that end at each hop. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What says which software answered is not shown outside. */
const hidden = new Set(["server", "x-powered-by", "x-frame-options", "content-security-policy"]);

const securityPolicy =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; object-src 'none'; connect-src 'self'; frame-ancestors 'self'";

/** The cookie of a browser's session. */
export const sessionCookie = "sfc-ss-ingress-session";

/** A service as clients call it and as it is called on this machine, each host with its port. */
export interface ServiceHosts {
  readonly shown: string;
  readonly local: string;
}

/**
 * A request's headers as the service sees them: without Snowflake's own token and cookie, and with the user's name.
 * Clients cannot say themselves who they are. The service is called by a local name, so that it can refuse who comes to
 * its port by another one: the page of a foreign host that resolves to this machine.
 */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  { user, hosts }: { readonly user: string; readonly hosts: ServiceHosts },
): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (hopByHop.has(name) || name.startsWith("sf-context-") || value === undefined) continue;
    if (name === "authorization" && isSnowflakeToken(headers.authorization)) continue;
    passed[name] = value;
  }
  const cookies = (headers.cookie ?? "")
    .split(/; */)
    .filter((cookie) => cookie !== "" && !cookie.startsWith(`${sessionCookie}=`));
  delete passed["cookie"];
  if (cookies.length > 0) passed["cookie"] = cookies.join("; ");
  passed["sf-context-current-user"] = user;
  passed["host"] = hosts.local;
  for (const name of ["origin", "referer"] as const) {
    const address = headers[name];
    if (address !== undefined) passed[name] = withHost(address, hosts.shown, hosts.local);
  }
  return passed;
}

/** An address on another host, if it is one on `from`. */
function withHost(address: string, from: string, to: string): string {
  const start = `http://${from}`;
  const rest = address.slice(start.length);
  const isOn = address.toLowerCase().startsWith(start.toLowerCase()) && /^(?:\/|$)/.test(rest);
  return isOn ? `http://${to}${rest}` : address;
}

/** A response's headers as the client sees them. */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  { shown, local }: ServiceHosts,
): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!hopByHop.has(name) && !hidden.has(name)) passed[name] = value;
  }
  if (headers.location !== undefined) passed["location"] = withHost(headers.location, local, shown);
  return { ...passed, "x-frame-options": "DENY", "content-security-policy": securityPolicy };
}

export function isSnowflakeToken(authorization: string | undefined): boolean {
  return /^Snowflake +Token=/i.test(authorization ?? "");
}

/** The token of `Authorization: Snowflake Token="…"`, or of the browser's cookie. */
export function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const [, quoted] = /^Snowflake +Token="([^"]+)"\s*$/i.exec(headers.authorization ?? "") ?? [];
  if (quoted !== undefined) return quoted;
  const cookie = (headers.cookie ?? "")
    .split(/; */)
    .find((each) => each.startsWith(`${sessionCookie}=`));
  return cookie?.slice(sessionCookie.length + 1);
}
