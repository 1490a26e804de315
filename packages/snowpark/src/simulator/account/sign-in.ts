import { createHash, createPublicKey, verify } from "node:crypto";
import { type AccountObjects, ownName } from "./account-objects.ts";
import type { Behaviour } from "./behaviour.ts";
import type { UserObject } from "./state.ts";
import type { SimulatedAccountOptions } from "./surroundings.ts";

/** How a user proves who it is. User names are folded to upper case. */
export type Credentials =
  | {
      readonly kind: "password";
      readonly user: string;
      readonly password: string;
      readonly passcode?: string;
    }
  /** A programmatic access token. The user may be left out: the token tells. */
  | { readonly kind: "token"; readonly user?: string; readonly token: string }
  /** An RS256 JWT of a key pair. */
  | { readonly kind: "keyPair"; readonly jwt: string }
  /** Somebody else has found out who it is: a browser's sign-in, or an OAuth token of our own. */
  | { readonly kind: "trusted"; readonly user: string };

/** Who has signed in, and the one role that the credentials allow, where they allow but one. */
export interface SignedIn {
  readonly kind: "signedIn";
  readonly user: string;
  readonly onlyRole: string | null;
}

/** Refused, with the code and text that a login request answers. */
export interface SignInFailure {
  readonly kind: "failure";
  readonly code: string;
  readonly message: string;
}

interface SignInParts {
  readonly objects: AccountObjects;
  readonly behaviour: Behaviour;
  readonly options: SimulatedAccountOptions;
}

const wrongPassword = failure("390100", "Incorrect username or password was specified.");
const invalidJwt = failure("390144", "JWT token is invalid.");
const invalidToken = failure("394400", "Programmatic access token is invalid.");

function failure(code: string, message: string): SignInFailure {
  return { kind: "failure", code, message };
}

/** Checks credentials. */
export function checkCredentials(
  credentials: Credentials,
  parts: SignInParts,
): SignedIn | SignInFailure {
  switch (credentials.kind) {
    case "password":
      return byPassword(credentials, parts);
    case "token":
      return byToken(credentials, parts);
    case "keyPair":
      return byKeyPair(credentials.jwt, parts);
    case "trusted": {
      const user = findUser(credentials.user, parts);
      return user === undefined ? wrongPassword : admit(user);
    }
  }
}

function findUser(name: string, { objects }: SignInParts): UserObject | undefined {
  const wanted = name.toUpperCase();
  return objects
    .all("USER")
    .find(
      (user) => String(user.properties["LOGIN_NAME"] ?? ownName(user)).toUpperCase() === wanted,
    );
}

function admit(user: UserObject, onlyRole: string | null = null): SignedIn | SignInFailure {
  if (user.isDisabled) {
    return failure("390101", "User access disabled. Contact your local system administrator.");
  }
  return { kind: "signedIn", user: ownName(user), onlyRole };
}

function byPassword(
  credentials: Credentials & { kind: "password" },
  parts: SignInParts,
): SignedIn | SignInFailure {
  const user = findUser(credentials.user, parts);
  if (user === undefined || user.password === null || user.password !== credentials.password) {
    // A programmatic access token may stand where the password is asked for.
    const byPat = byToken(
      { kind: "token", user: credentials.user, token: credentials.password },
      parts,
    );
    return byPat.kind === "signedIn" ? byPat : wrongPassword;
  }
  const isPerson = user.userType === "PERSON";
  if (parts.behaviour.passwordNeedsSecondFactor && isPerson && !user.hasSecondFactor) {
    return failure(
      "394507",
      "Multi-factor authentication is required for this account. Log in to Snowsight to enroll.",
    );
  }
  if (user.mustChangePassword) {
    return failure(
      "390106",
      "Specified password has expired. Password must be changed in Snowsight.",
    );
  }
  return admit(user);
}

function byToken(
  { user: userName, token: secret }: Credentials & { kind: "token" },
  parts: SignInParts,
): SignedIn | SignInFailure {
  const now = parts.options.now();
  const user = parts.objects
    .all("USER")
    .find((one) => one.tokens.some((token) => token.secret === secret));
  const token = user?.tokens.find((one) => one.secret === secret);
  if (user === undefined || token === undefined) return invalidToken;
  if (userName !== undefined && userName !== "" && findUser(userName, parts) !== user)
    return invalidToken;
  if (token.isDisabled || token.expiresOn <= now) return invalidToken;
  return admit(user, token.roleRestriction);
}

function byKeyPair(jwt: string, parts: SignInParts): SignedIn | SignInFailure {
  const [header = "", payload = "", signature = ""] = jwt.split(".");
  const claims = parsePart(payload);
  const match = /^(.+?)\.(.+)$/.exec(String(claims["sub"] ?? ""));
  const user = match === null ? undefined : findUser(match[2] ?? "", parts);
  if (user?.rsaPublicKey === undefined || user.rsaPublicKey === null) return invalidJwt;
  const issuer = `${String(claims["sub"])}.${keyFingerprint(user.rsaPublicKey)}`;
  const isSigned =
    parsePart(header)["alg"] === "RS256" &&
    isSignedBy(user.rsaPublicKey, `${header}.${payload}`, signature);
  const names = parts.options.names;
  const accounts = [`${names.organization}-${names.account}`, names.account].map((one) =>
    one.toUpperCase(),
  );
  const isOfAccount = accounts.includes(String(match?.[1]).toUpperCase());
  if (!isSigned || !isOfAccount || String(claims["iss"]).toUpperCase() !== issuer.toUpperCase()) {
    return invalidJwt;
  }
  return isTimely(claims, parts.options.now()) ? admit(user) : invalidJwt;
}

function parsePart(part: string): Record<string, unknown> {
  try {
    const members: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof members === "object" && members !== null ? { ...members } : {};
  } catch {
    return {};
  }
}

/** `SHA256:…` of a public key, as `DESC USER` and a JWT's issuer have it. */
export function keyFingerprint(rsaPublicKey: string): string {
  const digest = createHash("sha256").update(Buffer.from(rsaPublicKey, "base64")).digest("base64");
  return `SHA256:${digest}`;
}

function isSignedBy(rsaPublicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.from(rsaPublicKey, "base64"),
      format: "der",
      type: "spki",
    });
    return verify("RSA-SHA256", Buffer.from(text), key, Buffer.from(signature, "base64url"));
  } catch {
    // The key is no key.
    return false;
  }
}

/** However late it says that it ends. */
const jwtMs = 3_600_000;

/** Times are seconds or, as snowflake-sdk writes them, milliseconds. */
function isTimely(claims: Record<string, unknown>, now: number): boolean {
  const toMs = (value: unknown): number => {
    const number = Number(value);
    return number > 1e11 ? number : number * 1000;
  };
  const skewMs = 60_000;
  const issuedAt = toMs(claims["iat"]);
  return toMs(claims["exp"]) > now && issuedAt <= now + skewMs && now < issuedAt + jwtMs;
}
