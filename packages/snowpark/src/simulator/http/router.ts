import type { Exchange } from "./exchange.ts";
import { HttpFailure } from "./http-failure.ts";

/** The groups that a route's pattern found in the path. */
export type PathParts = Readonly<Record<string, string>>;

export interface Route {
  /** `undefined` for all. */
  readonly method?: string;
  /** The whole path, still percent-encoded; named groups become {@link PathParts}, decoded. */
  readonly path: RegExp;
  readonly handle: (exchange: Exchange, parts: PathParts) => Promise<void> | void;
}

/** Calls the first route of the method and path. Throws {@link HttpFailure} 404, or 405 where only the method is wrong. */
export async function dispatch(routes: readonly Route[], exchange: Exchange): Promise<void> {
  let pathFound = false;
  for (const { method, path, handle } of routes) {
    const match = path.exec(exchange.url.pathname);
    if (match === null) continue;
    pathFound = true;
    if (method !== undefined && method !== exchange.request.method) continue;
    return handle(exchange, decodedParts(match.groups ?? {}));
  }
  const { method, url } = exchange.request;
  throw new HttpFailure(
    pathFound ? 405 : 404,
    pathFound ? `${method} is not a method of ${url}` : `Nothing is at ${url}`,
  );
}

function decodedParts(groups: Readonly<Record<string, string | undefined>>): PathParts {
  const parts: Record<string, string> = {};
  for (const [name, value] of Object.entries(groups)) {
    if (value === undefined) continue;
    try {
      parts[name] = decodeURIComponent(value);
    } catch {
      throw new HttpFailure(400, `Not percent-encoded UTF-8: ${value}`);
    }
  }
  return parts;
}
