import type { AccountObjects } from "./account-objects.ts";
import { fullName, ownName } from "./account-objects.ts";
import type { Behaviour } from "./behaviour.ts";
import type { AccountObject, ServiceObject } from "./state.ts";

/** Who acts: a user with the role in use. */
export interface Actor {
  readonly user: string;
  readonly role: string;
  /** Whether the user's other roles lend their privileges too, but for creating objects. */
  readonly hasSecondaryRoles: boolean;
}

/** Which service role every service has: the one with all of its endpoints. */
export const allEndpointsRole = "ALL_ENDPOINTS_USAGE";

/** Who may do what in an account. */
export class AccessRules {
  readonly #objects: AccountObjects;
  readonly #behaviour: Behaviour;

  constructor(objects: AccountObjects, behaviour: Behaviour) {
    this.#objects = objects;
    this.#behaviour = behaviour;
  }

  /** A role with all those that are granted to it, directly or not, and PUBLIC. */
  closure(...roles: readonly string[]): Set<string> {
    const reached = new Set([...roles, "PUBLIC"]);
    // A set's iteration goes on with what is added meanwhile.
    for (const role of reached) {
      for (const grant of this.#objects.state.roleGrants) {
        if (grant.toType === "ROLE" && grant.to === role) reached.add(grant.role);
      }
    }
    return reached;
  }

  /** The roles granted to a user, without those that they bring along. */
  grantedRoles(user: string): string[] {
    return this.#objects.state.roleGrants
      .filter((grant) => grant.toType === "USER" && grant.to === user)
      .map(({ role }) => role);
  }

  /** The roles that a user may take on. */
  assignableRoles(user: string): Set<string> {
    return this.closure(...this.grantedRoles(user));
  }

  #activeRoles(actor: Actor): Set<string> {
    return actor.hasSecondaryRoles
      ? this.closure(actor.role, ...this.grantedRoles(actor.user))
      : this.closure(actor.role);
  }

  /** Whether an object belongs to one of the roles in use. */
  owns(actor: Actor, object: AccountObject): boolean {
    return this.#activeRoles(actor).has(object.owner);
  }

  /** Whether a privilege is held on an object, or on the account (`undefined`). An owner holds all but account's. */
  holds(actor: Actor, privilege: string, object: AccountObject | undefined): boolean {
    const roles = this.#activeRoles(actor);
    if (object !== undefined && roles.has(object.owner)) return true;
    return this.#isGranted(roles, privilege, object?.id ?? 0);
  }

  /** As {@link holds}, for creating: the primary role alone counts, since it becomes the owner. */
  mayCreate(actor: Actor, privilege: string, parent: AccountObject | undefined): boolean {
    return this.holds({ ...actor, hasSecondaryRoles: false }, privilege, parent);
  }

  /** Whether a role holds a privilege on an object or the account, whoever acts. */
  roleHolds(role: string, privilege: string, object: AccountObject | undefined): boolean {
    return this.holds({ user: "", role, hasSecondaryRoles: false }, privilege, object);
  }

  #isGranted(roles: ReadonlySet<string>, privilege: string, on: number): boolean {
    return this.#objects.state.grants.some(
      (grant) => grant.on === on && grant.privilege === privilege && roles.has(grant.role),
    );
  }

  /** Whether an object may be known of: some privilege on it and, where it lies within others, on those. */
  sees(actor: Actor, object: AccountObject): boolean {
    if (object.type === "ROLE") return true;
    if (object.type === "USER" && ownName(object) === actor.user) return true;
    const roles = this.#activeRoles(actor);
    if (object.type === "USER" && this.#isGranted(roles, "MANAGE GRANTS", 0)) return true;
    return this.#touches(roles, object) && this.#seesParents(roles, object);
  }

  #touches(roles: ReadonlySet<string>, object: AccountObject): boolean {
    if (roles.has(object.owner)) return true;
    const { grants, serviceRoleGrants } = this.#objects.state;
    return (
      grants.some((grant) => grant.on === object.id && roles.has(grant.role)) ||
      serviceRoleGrants.some((grant) => grant.service === object.id && roles.has(grant.role))
    );
  }

  #seesParents(roles: ReadonlySet<string>, object: AccountObject): boolean {
    return this.parentsOf(object.name).every((parent) => this.#touches(roles, parent));
  }

  /** The database and the schema that a name lies in, as far as they exist. */
  parentsOf(name: readonly string[]): AccountObject[] {
    const database = name.length > 1 ? this.#objects.find("DATABASE", name.slice(0, 1)) : undefined;
    const schema = name.length > 2 ? this.#objects.find("SCHEMA", name.slice(0, 2)) : undefined;
    return [database, schema].filter((parent) => parent !== undefined);
  }

  /** Whether an actor may send requests to an endpoint of a service. */
  mayUseEndpoint(actor: Actor, service: ServiceObject, endpoint: string): boolean {
    const roles = this.#activeRoles(actor);
    if (!this.#seesParents(roles, service)) return false;
    if (roles.has(service.owner)) return true;
    if (
      this.#behaviour.usageOnServiceOpensEndpoints &&
      this.#isGranted(roles, "USAGE", service.id)
    ) {
      return true;
    }
    const opening = serviceRolesOf(service).filter((role) => role.endpoints.includes(endpoint));
    return this.#objects.state.serviceRoleGrants.some(
      (grant) =>
        grant.service === service.id &&
        roles.has(grant.role) &&
        opening.some(({ name }) => name === grant.serviceRole),
    );
  }
}

/** The roles of a service: those of its specification, and the one that opens all. */
export function serviceRolesOf(
  service: ServiceObject,
): { readonly name: string; readonly endpoints: readonly string[] }[] {
  const endpoints = (service.specification.spec.endpoints ?? []).map(({ name }) => name);
  const own = (service.specification.serviceRoles ?? []).map((role) => ({
    name: role.name.toUpperCase(),
    endpoints: role.endpoints,
  }));
  return [...own, { name: allEndpointsRole, endpoints }];
}

/** `DATABASE.SCHEMA.SERVICE!ROLE`. */
export function serviceRoleName(service: ServiceObject, role: string): string {
  return `${fullName(service)}!${role}`;
}
