import type { Database } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { SelectGrantRequestSchema } from "../wire/gen/milvus_pb.ts";
import { decodeMessage } from "../wire/messages.ts";
import { WireError } from "../wire/wire-reader.ts";
import { AccessError } from "./access-error.ts";
import { rootName } from "./access-state.ts";
import { type Access, AccessStore } from "./access-store.ts";
import { Authenticator } from "./authenticator.ts";
import type { Permissions } from "./permissions.ts";
import { wildcard } from "./privileges.ts";
import { needOf, type RequestNeed } from "./request-need.ts";

/** No name is longer; what a client has sent as one may be. */
const nameLengthMax = 255;

export interface AccessControlOptions {
  readonly database: Database;
  /** Whether callers must sign in. When not, everybody is root. */
  readonly isRequired: boolean;
  /** The time, for the limit on failed sign-ins. */
  readonly nowMs: () => number;
}

/** That a caller has signed in. Worth nothing once the users have changed. */
export interface SignIn {
  readonly user: string;
  /** By which it was so. */
  readonly access: Access;
}

/** By what a caller is told. */
export interface Identification {
  /** The `authorization` header as it came. */
  readonly authorization?: string;
  /** The client's address, without a port. */
  readonly peer?: string;
  /** What {@link AccessControl.authenticate} has answered for the same authorization. */
  readonly signIn?: SignIn;
}

/** What is known of a call before its request is looked at. */
export interface Caller extends Identification {
  /** The database that the caller works in. */
  readonly databaseName: string;
}

/** Who may call what: asked before every request. */
export class AccessControl {
  readonly store: AccessStore;
  readonly authenticator: Authenticator;
  readonly #options: AccessControlOptions;

  constructor(options: AccessControlOptions) {
    this.#options = options;
    this.store = new AccessStore(options.database);
    this.authenticator = new Authenticator(options.nowMs);
  }

  /**
   * The name of the user who makes a call. Throws `AccessError` when nobody has signed in, or when
   * the user may not make it; `MilvusError` when the request can't be read.
   */
  async admit(method: string, request: Uint8Array, caller: Caller): Promise<string> {
    if (!this.#options.isRequired) return rootName;
    const { access, user } = await this.#signInOf(caller);
    const need = decoded(() => needOf(method, request));
    if (need === undefined || isOwn(user, need)) return user;
    if (method === "SelectGrant" && isOwnRole(access.permissions, user, request)) return user;
    this.#check(user, need, { access, databaseName: caller.databaseName });
    return user;
  }

  /** Throws `AccessError` when nobody has signed in: all that can be said before a request is read. */
  async authenticate(caller: Identification): Promise<SignIn | undefined> {
    return this.#options.isRequired ? this.#signInOf(caller) : undefined;
  }

  /** The caller's own sign-in while the users are those that it was for, else a new one. */
  async #signInOf(caller: Identification): Promise<SignIn> {
    const { signIn } = caller;
    if (signIn !== undefined && signIn.access === (await this.store.current())) return signIn;
    return this.#authenticate(caller);
  }

  /** Who calls, by a state that no change has replaced while the password was checked. */
  async #authenticate({ authorization, peer }: Identification): Promise<SignIn> {
    for (;;) {
      const access = await this.store.current();
      const user = await this.authenticator.authenticate(access.state, authorization, peer);
      if ((await this.store.current()) === access) return { access, user };
    }
  }

  #check(
    user: string,
    need: RequestNeed,
    { access, databaseName }: { access: Access; databaseName: string },
  ): void {
    const { permissions } = access;
    const databases = need.databases.length === 0 ? [databaseName] : need.databases;
    for (const database of databases) {
      if (this.#allows(permissions, user, { need, database })) continue;
      // In gRPC this becomes a header, and those have a limit.
      const shown = database.slice(0, nameLengthMax);
      throw new AccessError(
        "denied",
        `Privilege${need.privilege}: permission deny to ${user} in the \`${shown}\` database`,
      );
    }
  }

  /** A request that names no object, where it should name some, needs the privilege on all. */
  #allows(
    permissions: Permissions,
    user: string,
    { need, database }: { need: RequestNeed; database: string },
  ): boolean {
    const { objectType, privilege } = need;
    const names = need.objectNames.length === 0 ? [""] : need.objectNames;
    return names.every((name) =>
      this.#namesOf(need, name, database).some((objectName) =>
        permissions.allows(user, { objectType, privilege, objectName, database }),
      ),
    );
  }

  /** A collection may be granted by its name and by the alias that a request calls it. */
  #namesOf({ objectType }: RequestNeed, name: string, database: string): readonly string[] {
    if (objectType !== "Collection" || name === wildcard) return [name];
    const owner = this.#options.database;
    const isKnown = owner.listDatabases().some((info) => info.name === database);
    if (!isKnown || !owner.hasCollection(name, database)) return [name];
    return [...new Set([name, owner.collection(name, database).name])];
  }
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw invalidParameter(`cannot decode the request: ${error.message}`);
  }
}

/** Users may see what the roles that they have are granted. */
function isOwnRole(permissions: Permissions, user: string, request: Uint8Array): boolean {
  const { entity } = decoded(() => decodeMessage(SelectGrantRequestSchema, request));
  return permissions.rolesOf(user).includes(entity?.role?.name ?? "");
}

/** What users may always do: change their own password, and see their own roles. */
function isOwn(user: string, need: RequestNeed): boolean {
  return need.objectType === "User" && need.objectNames.every((name) => name === user);
}
