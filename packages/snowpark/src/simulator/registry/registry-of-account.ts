import type { SimulatedAccount } from "../account/simulated-account.ts";
import type { SessionTokens } from "../native/session-tokens.ts";
import type { RegistryAccount, RegistryUser } from "./registry-account.ts";

/** The user of a session's token, with its JSON as the password. */
const sessionTokenUser = "0sessiontoken";

/** The registry's view of an account: who signs in, and what the roles may do with repositories. */
export function registryAccount(account: SimulatedAccount, tokens: SessionTokens): RegistryAccount {
  return {
    signIn: (username, password) =>
      username === sessionTokenUser
        ? userOfSessionToken(tokens, password)
        : userOfPassword(account, username, password),
    access: (user, repository) => account.repositoryAccess(user, repository),
    pushed: (image) => account.recordImage(image),
  };
}

function userOfSessionToken(tokens: SessionTokens, json: string): RegistryUser | undefined {
  let token: unknown;
  try {
    token = (JSON.parse(json) as { token?: unknown } | null)?.token;
  } catch {
    return undefined;
  }
  const found = typeof token === "string" ? tokens.find(token) : undefined;
  if (found?.kind !== "found") return undefined;
  const { user, role } = found.native.session.state;
  return { user, role };
}

function userOfPassword(
  account: SimulatedAccount,
  user: string,
  password: string,
): RegistryUser | undefined {
  const session = account.signIn({ kind: "password", user, password });
  return "code" in session ? undefined : session.state;
}
