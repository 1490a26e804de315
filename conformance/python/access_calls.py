"""The scenario's calls about users, roles and privileges, for a driver that has a `MilvusClient`."""


class AccessCalls:
    _client = None

    def createUser(self, user, password):
        self._client.create_user(user, password)

    def updatePassword(self, user, to, **old):
        self._client.update_password(user, old["from"], to)

    def dropUser(self, user):
        self._client.drop_user(user)

    def listUsers(self):
        return {"names": list(self._client.list_users())}

    def createRole(self, name):
        self._client.create_role(name)

    def dropRole(self, name):
        self._client.drop_role(name)

    def listRoles(self):
        return {"names": list(self._client.list_roles())}

    def grantRole(self, user, name):
        self._client.grant_role(user, name)

    def revokeRole(self, user, name):
        self._client.revoke_role(user, name)

    def rolesOf(self, user):
        return {"names": list(self._client.describe_user(user)["roles"])}

    def grant(self, name, privilege, collection, database="default"):
        self._client.grant_privilege_v2(name, privilege, collection, db_name=database)

    def revoke(self, name, privilege, collection, database="default"):
        self._client.revoke_privilege_v2(name, privilege, collection, db_name=database)

    def createGroup(self, group):
        self._client.create_privilege_group(group)

    def addToGroup(self, group, privileges):
        self._client.add_privileges_to_group(group, privileges)

    def dropGroup(self, group):
        self._client.drop_privilege_group(group)
