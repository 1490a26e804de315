import type { RepositoryAccess } from "../account/simulated-account.ts";

/** Who talks to the registry: a user, with the role that the sign-in gave. */
export interface RegistryUser {
  readonly user: string;
  readonly role: string;
}

/** An image whose manifest has been pushed. */
export interface PushedImage {
  readonly repositoryId: string;
  /** Without the repository, such as `redkite`. */
  readonly name: string;
  /** `undefined` when it was pushed by digest. */
  readonly tag: string | undefined;
  readonly digest: string;
}

/** What the registry asks the account, and tells it. */
export interface RegistryAccount {
  /** A user by name and password, programmatic access token, or `0sessiontoken` with the token's JSON. */
  signIn(username: string, password: string): RegistryUser | undefined;
  /** `undefined` when there is no such repository, or the role may not know of it. Names are in lower case. */
  access(
    user: RegistryUser,
    repository: { readonly database: string; readonly schema: string; readonly name: string },
  ): RepositoryAccess | undefined;
  pushed(image: PushedImage): void;
}
