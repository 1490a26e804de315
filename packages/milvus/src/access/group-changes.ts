import { invalidParameter } from "../errors.ts";
import { checkGroupName } from "./access-names.ts";
import type { AccessState, PrivilegeGroup } from "./access-state.ts";
import { builtInGroups, canonicalName, isDefined, levelOf } from "./privileges.ts";

/** Groups that somebody may define: grants of groups are looked through at every change. */
const groupCountMax = 1_000;

/** Throws `MilvusError` for a wrong or taken name. */
export function addGroup(state: AccessState, name: string): AccessState {
  checkGroupName(name);
  if (state.groups.some((group) => group.name === name)) {
    throw invalidParameter(`privilege group name [${name}] is defined by users`);
  }
  if (isDefined(name)) {
    throw invalidParameter(
      `privilege group name [${name}] is defined by built in privileges or privilege groups in system`,
    );
  }
  if (state.groups.length >= groupCountMax) {
    throw invalidParameter(`the number of privilege groups must be at most ${groupCountMax}`);
  }
  return { ...state, groups: [...state.groups, { name, privileges: [] }] };
}

/** Does nothing when there is no such group. Throws `MilvusError` while a role has it. */
export function removeGroup(state: AccessState, name: string): AccessState {
  checkGroupName(name);
  if (!state.groups.some((group) => group.name === name)) return state;
  const grant = state.grants.find(({ privilege }) => privilege === name);
  if (grant !== undefined) {
    throw invalidParameter(
      `privilege group [${name}] is used by role [${grant.role}], Use REVOKE API to revoke it first`,
    );
  }
  return { ...state, groups: state.groups.filter((group) => group.name !== name) };
}

/** Adds privileges, all of one level. Throws `MilvusError`. */
export function addPrivileges(
  state: AccessState,
  name: string,
  privileges: readonly string[],
): AccessState {
  const { group, names } = checkChange(state, name, privileges);
  const all = [...new Set([...group.privileges, ...names])];
  const levels = new Set(all.map((privilege) => levelWithin(state, privilege)));
  if (levels.size > 1) throw invalidParameter("privileges are not the same privilege level");
  return withGroup(state, { name, privileges: all });
}

/** Throws `MilvusError` for names that are no privileges; those not in the group are passed over. */
export function removePrivileges(
  state: AccessState,
  name: string,
  privileges: readonly string[],
): AccessState {
  const { group, names } = checkChange(state, name, privileges);
  const left = group.privileges.filter((privilege) => !names.includes(privilege));
  return withGroup(state, { name, privileges: left });
}

/** The groups of the system and those that somebody has defined. */
export function allGroups(state: AccessState): readonly PrivilegeGroup[] {
  const builtIn = [...builtInGroups].map(([name, privileges]) => ({ name, privileges }));
  return [...builtIn, ...state.groups];
}

function checkChange(
  state: AccessState,
  name: string,
  privileges: readonly string[],
): { group: PrivilegeGroup; names: readonly string[] } {
  checkGroupName(name);
  const group = state.groups.find((entry) => entry.name === name);
  if (group === undefined) {
    throw invalidParameter(
      `there is no privilege group name [${name}] defined in system to operate`,
    );
  }
  if (privileges.length === 0) {
    throw invalidParameter("privileges is empty when alter the privilege group");
  }
  const names = privileges.map(canonicalName);
  const unknown = names.find(
    (privilege) => !isDefined(privilege) && !state.groups.some((entry) => entry.name === privilege),
  );
  if (unknown === undefined) return { group, names };
  throw invalidParameter(
    `there is no privilege name or privilege group name [${unknown}] defined in system to operate`,
  );
}

/** The level of a privilege, or of the first one in a group. */
function levelWithin(state: AccessState, privilege: string): string {
  const [first = privilege] =
    allGroups(state).find(({ name }) => name === privilege)?.privileges ?? [];
  return levelOf(first) ?? "";
}

function withGroup(state: AccessState, changed: PrivilegeGroup): AccessState {
  const groups = state.groups.map((group) => (group.name === changed.name ? changed : group));
  return { ...state, groups };
}
