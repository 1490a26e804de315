import { ownName } from "./account-objects.ts";
import type { ObjectColumn } from "./object-kind.ts";
import type { AccountObject, ObjectOf, ObjectType } from "./state.ts";
import type { StatementContext } from "./statement-context.ts";
import { type Cell, type ColumnType, timestampCell } from "./statement-result.ts";

type Of<T extends ObjectType, V> = (object: ObjectOf<T>, context: StatementContext) => V;

export function textColumn<T extends ObjectType>(
  name: string,
  of: Of<T, string | null>,
): ObjectColumn<T> {
  return { name, type: "text", of };
}

export function numberColumn<T extends ObjectType>(
  name: string,
  of: Of<T, number | null>,
): ObjectColumn<T> {
  return { name, type: "fixed", of: (object, context) => of(object, context)?.toString() ?? null };
}

export function booleanColumn<T extends ObjectType>(
  name: string,
  of: Of<T, boolean>,
): ObjectColumn<T> {
  return { name, type: "boolean", of: (object, context) => String(of(object, context)) };
}

/** Milliseconds since 1970, or none. */
export function timeColumn<T extends ObjectType>(
  name: string,
  of: Of<T, number | null>,
): ObjectColumn<T> {
  return {
    name,
    type: "timestamp_ltz",
    of: (object, context) => timestampCell(of(object, context) ?? undefined),
  };
}

/** A column that all objects have. */
export interface SharedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (object: AccountObject) => Cell;
}

function sharedText(name: string, of: (object: AccountObject) => Cell): SharedColumn {
  return { name, type: "text", of };
}

export const createdOnColumn: SharedColumn = {
  name: "created_on",
  type: "timestamp_ltz",
  of: ({ createdOn }) => timestampCell(createdOn),
};
export const nameColumn: SharedColumn = sharedText("name", ownName);
export const databaseColumn: SharedColumn = sharedText(
  "database_name",
  ({ name }) => name[0] ?? null,
);
export const schemaColumn: SharedColumn = sharedText("schema_name", ({ name }) => name[1] ?? null);
export const ownerColumn: SharedColumn = sharedText("owner", ({ owner }) => owner);
export const commentColumn: SharedColumn = sharedText("comment", ({ comment }) => comment);
export const ownerRoleTypeColumn: SharedColumn = sharedText("owner_role_type", ({ owner }) =>
  owner === "" ? null : "ROLE",
);
