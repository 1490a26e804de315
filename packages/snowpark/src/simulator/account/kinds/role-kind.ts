import { ownName } from "../account-objects.ts";
import { readCommentChange } from "../alteration.ts";
import {
  commentColumn,
  createdOnColumn,
  nameColumn,
  numberColumn,
  ownerColumn,
  ownerRoleTypeColumn,
  textColumn,
} from "../columns.ts";
import type { ObjectKind } from "../object-kind.ts";
import { systemRoles } from "../privileges.ts";
import { readProperties, textProperty } from "../properties.ts";
import type { RoleObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { notPossible } from "../statement-error.ts";

const shape = { COMMENT: textProperty };
const systemRoleNames: ReadonlySet<string> = new Set(systemRoles.map(({ name }) => name));

/** Roles. What a dropped role owned goes to the role that dropped it. */
export const roleKind: ObjectKind<"ROLE"> = {
  type: "ROLE",
  words: ["ROLE"],
  plural: ["ROLES"],
  createPrivilege: "CREATE ROLE",
  canReplace: true,
  readCreate(cursor) {
    const { COMMENT: comment = "" } = readProperties(cursor, shape);
    return (base) => ({ ...base, type: "ROLE", comment });
  },
  readAlter: readCommentChange,
  readDrop: () => async (role, context) => {
    if (systemRoleNames.has(ownName(role))) {
      throw notPossible(`Cannot drop system role '${ownName(role)}'.`);
    }
    context.require("OWNERSHIP", role);
    for (const object of context.objects.state.objects) {
      if (object.owner === ownName(role)) object.owner = context.session.role;
    }
    return "remove";
  },
  columns: [
    createdOnColumn,
    nameColumn,
    textColumn("is_default", (role, context) =>
      yesOrNo(context.objects.find("USER", [context.session.user])?.defaultRole === ownName(role)),
    ),
    textColumn("is_current", (role, { session }) => yesOrNo(session.role === ownName(role))),
    textColumn("is_inherited", (role, { access, session }) =>
      yesOrNo(session.role !== ownName(role) && access.closure(session.role).has(ownName(role))),
    ),
    numberColumn("assigned_to_users", (role, context) => countGrants(role, context, "USER")),
    numberColumn("granted_to_roles", (role, context) => countGrants(role, context, "ROLE")),
    numberColumn(
      "granted_roles",
      (role, { objects }) =>
        objects.state.roleGrants.filter(
          ({ toType, to }) => toType === "ROLE" && to === ownName(role),
        ).length,
    ),
    ownerColumn,
    commentColumn,
    ownerRoleTypeColumn,
  ],
};

function yesOrNo(isTrue: boolean): string {
  return isTrue ? "Y" : "N";
}

function countGrants(
  role: RoleObject,
  { objects }: StatementContext,
  toType: "ROLE" | "USER",
): number {
  return objects.state.roleGrants.filter(
    (grant) => grant.role === ownName(role) && grant.toType === toType,
  ).length;
}
