import { takeId } from "./fresh-state.ts";
import type { AccountObject, AccountState, ObjectOf, ObjectType } from "./state.ts";

/** The objects of an account by type and name. */
export class AccountObjects {
  readonly state: AccountState;

  constructor(state: AccountState) {
    this.state = state;
  }

  /** All of a type, in the order of their names. */
  all<T extends ObjectType>(type: T): ObjectOf<T>[] {
    return this.state.objects
      .filter((object): object is ObjectOf<T> => object.type === type)
      .sort((left, right) => compareNames(left.name, right.name));
  }

  find<T extends ObjectType>(type: T, name: readonly string[]): ObjectOf<T> | undefined {
    return this.state.objects.find(
      (object): object is ObjectOf<T> => object.type === type && isSameName(object.name, name),
    );
  }

  byId(id: number): AccountObject | undefined {
    return this.state.objects.find((object) => object.id === id);
  }

  /** A service by the name that {@link fullName} writes. */
  service(fullServiceName: string): ObjectOf<"SERVICE"> | undefined {
    return this.all("SERVICE").find((service) => fullName(service) === fullServiceName);
  }

  takeId(): number {
    return takeId(this.state);
  }

  add(object: AccountObject): void {
    this.state.objects.push(object);
  }

  /** What lies within a database or a schema, at any depth. */
  within(parent: AccountObject): AccountObject[] {
    if (parent.type !== "DATABASE" && parent.type !== "SCHEMA") return [];
    const depth = parent.name.length;
    return this.state.objects.filter(
      (object) =>
        object.name.length > depth && isSameName(object.name.slice(0, depth), parent.name),
    );
  }

  /** Removes an object, what lies within it, and all grants on or to them. */
  remove(object: AccountObject): void {
    const gone = new Set([object, ...this.within(object)]);
    const ids = new Set([...gone].map(({ id }) => id));
    const state = this.state;
    state.objects = state.objects.filter((one) => !gone.has(one));
    state.grants = state.grants.filter((grant) => !ids.has(grant.on));
    state.serviceRoleGrants = state.serviceRoleGrants.filter((grant) => !ids.has(grant.service));
    if (object.type === "ROLE") this.#forgetRole(object.name[0] ?? "");
    if (object.type === "USER") {
      state.roleGrants = state.roleGrants.filter(
        ({ toType, to }) => toType !== "USER" || to !== object.name[0],
      );
    }
  }

  #forgetRole(role: string): void {
    const state = this.state;
    state.grants = state.grants.filter((grant) => grant.role !== role);
    state.serviceRoleGrants = state.serviceRoleGrants.filter((grant) => grant.role !== role);
    state.roleGrants = state.roleGrants.filter(
      (grant) => grant.role !== role && (grant.toType !== "ROLE" || grant.to !== role),
    );
  }
}

/** A name's parts with dots between, as stored. */
export function fullName(object: { readonly name: readonly string[] }): string {
  return object.name.join(".");
}

/** The last part of an object's name. */
export function ownName(object: { readonly name: readonly string[] }): string {
  return object.name.at(-1) ?? "";
}

function isSameName(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((part, index) => part === right[index]);
}

function compareNames(left: readonly string[], right: readonly string[]): number {
  const [one, other] = [left.join("\0"), right.join("\0")];
  return one < other ? -1 : Number(one > other);
}
