import type { AccountObject, AccountState } from "./state.ts";

/** What differs between two accounts in which the same was done at other times. */
const volatileKeys: ReadonlySet<string> = new Set([
  "id",
  "createdOn",
  "since",
  "busyOn",
  "updatedOn",
  "resumedOn",
  "suspendedOn",
  "readyOn",
  "startedOn",
  "lastRestartOn",
  "expiresOn",
  "secret",
]);

/**
 * An account's state without times, ids and the secrets of tokens, in an order that does not depend on history: two
 * accounts are alike when these are equal.
 */
export function comparableState(state: AccountState): unknown {
  const names = new Map(state.objects.map((object) => [object.id, label(object)]));
  const on = (id: number): string => names.get(id) ?? "ACCOUNT";
  return {
    objects: sorted(state.objects),
    grants: sorted(state.grants.map((grant) => ({ ...grant, on: on(grant.on) }))),
    roleGrants: sorted(state.roleGrants),
    serviceRoleGrants: sorted(
      state.serviceRoleGrants.map((grant) => ({ ...grant, service: on(grant.service) })),
    ),
  };
}

function label(object: AccountObject): string {
  return `${object.type} ${object.name.join(".")}`;
}

function sorted(values: readonly unknown[]): unknown[] {
  const stable = values.map(withoutVolatile);
  const keyed = stable.map((value) => ({ key: JSON.stringify(value), value }));
  return keyed.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ value }) => value);
}

function withoutVolatile(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutVolatile);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !volatileKeys.has(key))
      .map(([key, inner]) => [key, withoutVolatile(inner)]),
  );
}
