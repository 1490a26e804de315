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

/**
 * A request's headers as the service sees them: without Snowflake's own token and cookie, and with the user's name.
 * Clients cannot say themselves who they are.
 */
export function requestHeaders(headers: IncomingHttpHeaders, user: string): OutgoingHttpHeaders {
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
  return passed;
}

/** A response's headers as the client sees them. */
export function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const passed: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!hopByHop.has(name) && !hidden.has(name)) passed[name] = value;
  }
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
