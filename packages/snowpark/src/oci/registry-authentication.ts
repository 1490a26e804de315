import { SnowparkError } from "../base/snowpark-error.ts";

/** Who signs in, as HTTP's Basic scheme has it. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a registry asks for in `WWW-Authenticate`. */
export interface Challenge {
  readonly scheme: "basic" | "bearer";
  /** In lower case: `realm`, `service`, `scope`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Reads the header, which may list several; undefined where it has none that we know. */
export function readChallenge(header: string | null): Challenge | undefined {
  const found = [
    ...(header ?? "").matchAll(/(?:^|,\s*)(basic|bearer)\b\s*(.*?)(?=,\s*(?:basic|bearer)\b|$)/gis),
  ];
  const challenges = found.map(
    ([, scheme, rest]): Challenge => ({
      scheme: scheme.toLowerCase() === "bearer" ? "bearer" : "basic",
      parameters: Object.fromEntries(
        [...rest.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)].map(
          ([, name, quoted, bare]) => [
            name.toLowerCase(),
            quoted?.replaceAll(/\\(.)/g, "$1") ?? bare,
          ],
        ),
      ),
    }),
  );
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges[0];
}

export interface SignInOptions {
  /** `https://images.example` */
  readonly registry: string;
  /** What is to be done: `repository:db/schema/repo/image:pull,push`. */
  readonly scope: string;
  readonly credentials: RegistryCredentials | undefined;
  readonly fetch: typeof fetch;
  readonly signal?: AbortSignal;
}

/**
 * The value of `Authorization` that answers a challenge. A registry that does not say what it wants is asked at
 * `/login`, where Snowflake's gives its tokens.
 *
 * @throws SnowparkError `sign-in-failed`, `network`.
 */
export async function authorize(
  challenge: Challenge | undefined,
  options: SignInOptions,
): Promise<string> {
  const { registry, credentials } = options;
  if (challenge?.scheme === "basic") {
    if (credentials !== undefined) return basic(credentials);
    throw new SnowparkError("sign-in-failed", `${registry} wants a user and a password`);
  }
  const response = await fetchToken(tokenAddress(challenge, options), options);
  if (!response.ok) {
    throw new SnowparkError(
      "sign-in-failed",
      `${registry} gives ${credentials?.username ?? "nobody"} no token: HTTP ${response.status}`,
      { remedy: "Look whether the role may read, and for a push write, the image repository" },
    );
  }
  const token = tokenIn(await response.text());
  if (token !== undefined) return `Bearer ${token}`;
  throw new SnowparkError("network", `${registry} answered no token where it gives them`);
}

function basic({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function tokenAddress(challenge: Challenge | undefined, { registry, scope }: SignInOptions): URL {
  const { realm, service } = challenge?.parameters ?? {};
  const address = new URL(realm ?? "/login", registry);
  // A password goes to no place that is less protected than the registry itself.
  if (address.protocol !== "https:" && registry.startsWith("https:")) {
    throw new SnowparkError(
      "sign-in-failed",
      `${registry} sends those who sign in to ${address.origin}, which is not encrypted`,
    );
  }
  if (service !== undefined) address.searchParams.set("service", service);
  address.searchParams.set("scope", challenge?.parameters["scope"] ?? scope);
  return address;
}

async function fetchToken(address: URL, options: SignInOptions): Promise<Response> {
  const { fetch, credentials, signal } = options;
  try {
    return await fetch(address, {
      headers: credentials === undefined ? {} : { Authorization: basic(credentials) },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new SnowparkError("network", `${address.origin} could not be reached`, { cause });
  }
}

function tokenIn(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const token: unknown = Reflect.get(answer, "token") ?? Reflect.get(answer, "access_token");
  return typeof token === "string" && token !== "" ? token : undefined;
}
