import { AccessRules } from "./access-rules.ts";
import { AccountObjects } from "./account-objects.ts";
import { AccountSession } from "./account-session.ts";
import { behaviours } from "./behaviour.ts";
import { comparableState } from "./comparable-state.ts";
import { ContainerStops } from "./container-stops.ts";
import { freshState, freshUsers } from "./fresh-state.ts";
import {
  enterIngress,
  type IngressRefusal,
  type IngressTarget,
  type IngressVisitor,
} from "./ingress.ts";
import { advancePool } from "./pool-machine.ts";
import { removeObject } from "./removal.ts";
import { advanceService } from "./service-machine.ts";
import { type Credentials, checkCredentials, type SignInFailure } from "./sign-in.ts";
import type { AccountState, ImageRepositoryObject } from "./state.ts";
import type { AccountParts, SessionSettings } from "./statement-context.ts";
import { defaultTimings, type SimulatedAccountOptions } from "./surroundings.ts";

/** What a sign-in asks the session to begin with. */
export interface SessionStart {
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
}

/** What a role may do with an image repository. */
export interface RepositoryAccess {
  /** Tells a repository from another one of the same name, dropped before. */
  readonly repositoryId: string;
  readonly read: boolean;
  readonly write: boolean;
}

/**
 * A Snowflake account in memory: users, roles and privileges, databases, pools, services and the rest, driven by SQL.
 * Made from Snowflake's documents, not recorded from an account. Time enters by `now`, and what time brings happens
 * before each statement and at {@link tick}.
 */
export class SimulatedAccount {
  readonly #parts: AccountParts;
  #queries = 0;
  #advancing: Promise<void> = Promise.resolve();

  constructor(options: SimulatedAccountOptions) {
    const state =
      options.state === undefined
        ? freshState(options.users ?? freshUsers, options.now())
        : structuredClone(options.state);
    const objects = new AccountObjects(state);
    const behaviour = behaviours[options.behaviour];
    this.#parts = {
      objects,
      access: new AccessRules(objects, behaviour),
      behaviour,
      timings: { ...defaultTimings, ...options.timings },
      options,
      stops: new ContainerStops(options.runtime),
      advance: () => this.tick(),
    };
  }

  /** A session for who can prove to be a user. Roles and names of `start` are taken as stored, in upper case. */
  signIn(credentials: Credentials, start: SessionStart = {}): AccountSession | SignInFailure {
    const signedIn = checkCredentials(credentials, this.#parts);
    if (signedIn.kind === "failure") return signedIn;
    const user = this.#parts.objects.find("USER", [signedIn.user]);
    const role = start.role ?? signedIn.onlyRole ?? user?.defaultRole ?? "PUBLIC";
    const isRestricted = signedIn.onlyRole !== null && signedIn.onlyRole !== role;
    if (isRestricted || !this.#parts.access.assignableRoles(signedIn.user).has(role)) {
      return {
        kind: "failure",
        code: "390189",
        message: `Role '${role}' specified in the connect string is not granted to this user. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`,
      };
    }
    const settings: SessionSettings = {
      user: signedIn.user,
      onlyRole: signedIn.onlyRole,
      role,
      hasSecondaryRoles: signedIn.onlyRole === null && (user?.hasDefaultSecondaryRoles ?? false),
      warehouse: start.warehouse ?? user?.defaultWarehouse ?? null,
      ...this.#namespaceOf(start),
      variables: new Map(),
    };
    return new AccountSession(this.#parts, settings, () => this.#nextQueryId());
  }

  /** A database or schema that is not there is left out, as at a real sign-in. */
  #namespaceOf({ database, schema }: SessionStart): Pick<SessionSettings, "database" | "schema"> {
    const { objects } = this.#parts;
    if (database === undefined || objects.find("DATABASE", [database]) === undefined) {
      return { database: null, schema: null };
    }
    const wanted = schema ?? "PUBLIC";
    const isThere = objects.find("SCHEMA", [database, wanted]) !== undefined;
    return { database, schema: isThere ? wanted : null };
  }

  #nextQueryId(): string {
    this.#queries += 1;
    return `01000000-0000-0000-0000-${this.#queries.toString(16).padStart(12, "0")}`;
  }

  /** Lets happen what the clock and the runtime have brought: pools, services, containers, expired snapshots. */
  tick(): Promise<void> {
    const done = this.#advancing.then(() => this.#advance());
    // A failure is the caller's to see; the next tick begins anew.
    this.#advancing = done.catch(() => undefined);
    return done;
  }

  async #advance(): Promise<void> {
    const { objects, options } = this.#parts;
    for (const pool of objects.all("COMPUTE POOL")) advancePool(pool, this.#parts);
    for (const service of objects.all("SERVICE")) await advanceService(service, this.#parts);
    for (const snapshot of objects.all("SNAPSHOT")) {
      if (snapshot.expiresOn !== null && options.now() >= snapshot.expiresOn) {
        await removeObject(snapshot, this.#parts);
      }
    }
  }

  /** Resolves when no container is being stopped any more. */
  settled(): Promise<void> {
    return this.#parts.stops.settled();
  }

  /** The whole state, for `SimulatedAccountOptions.state`. It holds passwords and secrets. */
  toJSON(): AccountState {
    return structuredClone(this.#parts.objects.state);
  }

  /** The state without times and ids, to be compared: see {@link comparableState}. */
  comparable(): unknown {
    return comparableState(this.#parts.objects.state);
  }

  /** What a role may do with an image repository. Names are in lower case. `undefined` when it may not know of it. */
  repositoryAccess(
    visitor: { readonly user: string; readonly role: string },
    repository: { readonly database: string; readonly schema: string; readonly name: string },
  ): RepositoryAccess | undefined {
    const { access, objects } = this.#parts;
    const path = [repository.database, repository.schema, repository.name].join("/");
    const found = objects
      .all("IMAGE REPOSITORY")
      .find((one) => one.name.join("/").toLowerCase() === path);
    const user = objects.find("USER", [visitor.user]);
    const actor = { ...visitor, hasSecondaryRoles: user?.hasDefaultSecondaryRoles ?? false };
    if (found === undefined || !access.sees(actor, found)) return undefined;
    const write = access.holds(actor, "WRITE", found);
    return {
      repositoryId: String(found.id),
      read: write || access.holds(actor, "READ", found),
      write,
    };
  }

  /** Tells that an image's manifest was pushed. A tag moves from the image that had it. */
  recordImage(image: {
    readonly repositoryId: string;
    readonly name: string;
    readonly tag: string | undefined;
    readonly digest: string;
  }): void {
    const repository = this.#parts.objects.byId(Number(image.repositoryId));
    if (repository?.type !== "IMAGE REPOSITORY") return;
    addImage(repository, image, this.#parts.options.now());
  }

  /** Where a request to an endpoint's host goes, if its sender may. */
  enterIngress(host: string, visitor: IngressVisitor): IngressTarget | IngressRefusal {
    return enterIngress(host, visitor, this.#parts);
  }
}

function addImage(
  repository: ImageRepositoryObject,
  image: { readonly name: string; readonly tag: string | undefined; readonly digest: string },
  now: number,
): void {
  const { name, tag = null, digest } = image;
  const isKnown = repository.images.some(
    (one) => one.image === name && one.digest === digest && (tag === null || one.tag === tag),
  );
  if (isKnown) return;
  const before = repository.images.map((one) =>
    tag !== null && one.image === name && one.tag === tag ? { ...one, tag: null } : one,
  );
  const images = [...before, { image: name, tag, digest, createdOn: now }];
  // An image that loses its last tag is still there by its digest, once.
  repository.images = images.filter(
    (one, index) =>
      one.tag !== null ||
      !images.some(
        (other, place) =>
          other.image === one.image &&
          other.digest === one.digest &&
          (other.tag !== null || place < index),
      ),
  );
}
