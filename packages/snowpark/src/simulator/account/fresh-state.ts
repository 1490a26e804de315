import { systemRoles } from "./privileges.ts";
import type { AccountState, NewUser, UserObject } from "./state.ts";

/**
 * An administrator for every way of signing in, with the second factor that lets the password do, and a plain user
 * who has none.
 */
export const freshUsers: readonly NewUser[] = [
  {
    name: "ADMIN",
    roles: ["ACCOUNTADMIN", "ORGADMIN"],
    defaultRole: "ACCOUNTADMIN",
    password: "simulated-admin",
    token: "simulated-admin-token",
    hasSecondFactor: true,
  },
  { name: "ANALYST", roles: [], defaultRole: "PUBLIC", password: "simulated-analyst" },
];

const tokenLifetimeMs = 365 * 24 * 3_600_000;

/** The state of an account in which nobody has done anything. */
export function freshState(users: readonly NewUser[], now: number): AccountState {
  const state: AccountState = {
    version: 1,
    nextId: 1,
    objects: [],
    grants: [],
    roleGrants: [],
    serviceRoleGrants: [],
  };
  const base = (name: string) => ({ id: takeId(state), name: [name], owner: "", createdOn: now });
  for (const { name, grantedTo, privileges } of systemRoles) {
    state.objects.push({ ...base(name), type: "ROLE", comment: "" });
    if (grantedTo !== null) {
      state.roleGrants.push({
        role: name,
        toType: "ROLE",
        to: grantedTo,
        grantedBy: "",
        createdOn: now,
      });
    }
    for (const privilege of privileges) {
      state.grants.push({
        privilege,
        on: 0,
        role: name,
        hasGrantOption: name === "ACCOUNTADMIN",
        grantedBy: "",
        createdOn: now,
      });
    }
  }
  for (const user of users) {
    state.objects.push({
      ...base(user.name),
      ...userOf(user, now),
      owner: "ACCOUNTADMIN",
      type: "USER",
      comment: "",
    });
    for (const role of user.roles) {
      state.roleGrants.push({ role, toType: "USER", to: user.name, grantedBy: "", createdOn: now });
    }
  }
  return state;
}

export function takeId(state: AccountState): number {
  const id = state.nextId;
  state.nextId += 1;
  return id;
}

/** The key's base64 without the lines that PEM puts around it. */
export function bareKey(publicKey: string): string {
  return publicKey.replaceAll(/-----[A-Z ]+-----|\s/g, "");
}

function userOf(
  user: NewUser,
  now: number,
): Omit<UserObject, "id" | "name" | "owner" | "createdOn" | "comment" | "type"> {
  return {
    userType: user.userType ?? "PERSON",
    password: user.password ?? null,
    rsaPublicKey: user.publicKey === undefined ? null : bareKey(user.publicKey),
    defaultRole: user.defaultRole,
    defaultWarehouse: null,
    defaultNamespace: null,
    // Secondary roles would lend each role the administrator's other privileges and so hide what it lacks.
    hasDefaultSecondaryRoles: false,
    mustChangePassword: false,
    isDisabled: false,
    hasSecondFactor: user.hasSecondFactor ?? false,
    tokens:
      user.token === undefined
        ? []
        : [
            {
              name: "INITIAL",
              secret: user.token,
              roleRestriction: null,
              createdOn: now,
              expiresOn: now + tokenLifetimeMs,
              isDisabled: false,
            },
          ],
    properties: {},
  };
}
