/** The scenario's calls about users, roles and privileges, made with the Node SDK. */
import { okay } from "./okay.mjs";

const role = (/** @type {string} */ name) => ({ roleName: name });

/** @type {Record<string, (client: any, args: Record<string, any>) => Promise<any>>} */
export const ACCESS_CALLS = {
  signIn: async () => ({}),
  createUser: async (client, { user, password }) =>
    okay(await client.createUser({ username: user, password })),
  updatePassword: async (client, { user, from, to }) =>
    okay(await client.updateUser({ username: user, oldPassword: from, newPassword: to })),
  dropUser: async (client, { user }) => okay(await client.deleteUser({ username: user })),
  listUsers: async (client) => ({ names: okay(await client.listUsers()).usernames }),
  createRole: async (client, { name }) => okay(await client.createRole(role(name))),
  dropRole: async (client, { name }) => okay(await client.dropRole(role(name))),
  listRoles: async (client) => ({
    names: okay(await client.listRoles()).results.map((found) => found.role.name),
  }),
  grantRole: async (client, { user, name }) =>
    okay(await client.addUserToRole({ username: user, ...role(name) })),
  revokeRole: async (client, { user, name }) =>
    okay(await client.removeUserFromRole({ username: user, ...role(name) })),
  rolesOf: async (client, { user }) => ({
    names: okay(await client.describeUser({ username: user })).results.flatMap((found) =>
      found.roles.map(({ name }) => name),
    ),
  }),
  grant: async (client, { name, privilege, collection, database }) =>
    okay(
      await client.grantPrivilegeV2({
        role: name,
        privilege,
        collection_name: collection,
        db_name: database,
      }),
    ),
  revoke: async (client, { name, privilege, collection, database }) =>
    okay(
      await client.revokePrivilegeV2({
        role: name,
        privilege,
        collection_name: collection,
        db_name: database,
      }),
    ),
  createGroup: async (client, { group }) =>
    okay(await client.createPrivilegeGroup({ group_name: group })),
  addToGroup: async (client, { group, privileges }) =>
    okay(await client.addPrivilegesToGroup({ group_name: group, privileges })),
  dropGroup: async (client, { group }) =>
    okay(await client.dropPrivilegeGroup({ group_name: group })),
};
