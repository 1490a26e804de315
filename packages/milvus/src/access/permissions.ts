import { type AccessState, adminRole, type Grant, publicRole, rootName } from "./access-state.ts";
import {
  allPrivileges,
  builtInGroups,
  firstStyleGroups,
  type ObjectType,
  objectTypeOf,
  wildcard,
} from "./privileges.ts";

/** One thing that somebody wants to do. */
export interface Deed {
  readonly objectType: string;
  readonly privilege: string;
  readonly objectName: string;
  readonly database: string;
}

/** Whether a grant allows something. */
type Policy = (deed: Deed) => boolean;

/** Who may do what, as one state of the users, roles and grants has it. */
export class Permissions {
  readonly #state: AccessState;
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  /** By role; those of a role are made when they are first asked for. */
  readonly #policies = new Map<string, readonly Policy[]>();

  constructor(state: AccessState) {
    this.#state = state;
    this.#groups = new Map([
      ...builtInGroups,
      ...state.groups.map(({ name, privileges }) => [name, privileges] as const),
    ]);
  }

  /** Whether a user may do something. Root, and whoever has the role of the admin, may do all. */
  allows(user: string, deed: Deed): boolean {
    if (this.#isUnbound(user)) return true;
    return this.rolesOf(user).some((role) => this.#policiesOf(role).some((isMet) => isMet(deed)));
  }

  /** The roles of a user, with the one that everybody has. */
  rolesOf(user: string): readonly string[] {
    const roles = this.#state.users.find(({ name }) => name === user)?.roles ?? [];
    return [...roles, publicRole];
  }

  /** Whether lists of databases show a database: where a role of the user's own has any grant. */
  seesDatabase(user: string, database: string): boolean {
    return this.#sees(user, (grant) => matches(grant.database, database));
  }

  /** Whether lists of collections show a collection: where a role of the user's own has any grant. */
  seesCollection(user: string, database: string, collection: string): boolean {
    return this.#sees(user, (grant) => {
      if (!matches(grant.database, database)) return false;
      return grant.privilege === allPrivileges || matches(grant.objectName, collection);
    });
  }

  #sees(user: string, isAbout: (grant: Grant) => boolean): boolean {
    if (this.#isUnbound(user)) return true;
    const own = this.rolesOf(user).filter((role) => role !== publicRole);
    return this.#state.grants.some((grant) => own.includes(grant.role) && isAbout(grant));
  }

  #isUnbound(user: string): boolean {
    return user === rootName || this.rolesOf(user).includes(adminRole);
  }

  #policiesOf(role: string): readonly Policy[] {
    let policies = this.#policies.get(role);
    if (policies === undefined) {
      const grants = this.#state.grants.filter((grant) => grant.role === role);
      policies = grants.map((grant) => policyOf(grant, this.#groups));
      this.#policies.set(role, policies);
    }
    return policies;
  }
}

function policyOf(grant: Grant, groups: ReadonlyMap<string, readonly string[]>): Policy {
  const { database, objectName, privilege } = grant;
  if (privilege === allPrivileges) return (deed) => matches(database, deed.database);
  const firstStyle = firstStyleGroups.get(privilege);
  if (firstStyle !== undefined) {
    // What concerns no collection is named `*`.
    const isOfObject = (name: string) =>
      privilege === "Admin" || name === wildcard || matches(objectName, name);
    return (deed) =>
      firstStyle.has(deed.privilege) &&
      matches(database, deed.database) &&
      isOfObject(deed.objectName);
  }
  const rights = rightsOf(grant, groups);
  return (deed) =>
    matches(database, deed.database) &&
    (rights.get(wildcard) ?? rights.get(deed.privilege))?.(deed) === true;
}

/** By privilege (or `*`): whether the grant's object is the one of a deed. */
function rightsOf(
  { objectType, objectName, privilege }: Grant,
  groups: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Policy> {
  if (privilege === wildcard) {
    return new Map([
      [wildcard, (deed) => deed.objectType === objectType && matches(objectName, deed.objectName)],
    ]);
  }
  const members = privilegesIn(privilege, groups);
  return new Map(
    [...members].map((member) => {
      const type: ObjectType = objectTypeOf(member);
      // Requests with a privilege of this type name no object of it, such as CreateAlias.
      const isOfAll = type === "Global";
      const isMet = (deed: Deed) =>
        deed.objectType === type && (isOfAll || matches(objectName, deed.objectName));
      return [member, isMet];
    }),
  );
}

/** The privileges of a group, and of the groups in it; of a privilege, itself. */
function privilegesIn(
  name: string,
  groups: ReadonlyMap<string, readonly string[]>,
  seen: Set<string> = new Set(),
): Set<string> {
  const members = groups.get(name);
  if (members === undefined) return new Set([name]);
  if (seen.has(name)) return new Set();
  seen.add(name);
  return new Set(members.flatMap((member) => [...privilegesIn(member, groups, seen)]));
}

function matches(granted: string, asked: string): boolean {
  return granted === wildcard || granted === asked;
}
