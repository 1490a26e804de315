import { ownName } from "../account-objects.ts";
import type { DropAction, ObjectKind } from "../object-kind.ts";
import { acceptKind } from "../object-kinds.ts";
import { removeObject } from "../removal.ts";
import type { AccountObject, ObjectType } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notSimulated } from "../statement-error.ts";
import { type RowsOutcome, statusResult } from "../statement-result.ts";
import { readKindName } from "./kind-name.ts";

/** `DROP <kind> [IF EXISTS] <name> …`. */
export function readDrop(cursor: StatementCursor): Statement {
  const statement = acceptKind(cursor, (kind) => readKind(cursor, kind));
  if (statement === undefined) throw cursor.fail();
  return statement;
}

function readKind<T extends ObjectType>(cursor: StatementCursor, kind: ObjectKind<T>): Statement {
  const isConditional = cursor.accept("IF EXISTS");
  const name = readKindName(cursor, kind.type);
  const prepare: DropAction<T> = kind.readDrop?.(cursor) ?? requireOwnership;
  // CASCADE is the default for databases and schemas: a foreign key elsewhere would matter, and there are none.
  cursor.accept("CASCADE");
  if (cursor.comesNext("RESTRICT")) throw notSimulated("DROP … RESTRICT");
  cursor.expectEnd();
  return (context) => run({ kind, name, isConditional, prepare }, context);
}

interface Removal<T extends ObjectType> {
  readonly kind: ObjectKind<T>;
  readonly name: readonly string[];
  readonly isConditional: boolean;
  readonly prepare: DropAction<T>;
}

async function run<T extends ObjectType>(
  { kind, name, isConditional, prepare }: Removal<T>,
  context: StatementContext,
): Promise<RowsOutcome> {
  const shown = name.at(-1) ?? "";
  // A database that is missing on the way is no error either.
  if (isConditional && context.find(kind.type, name) === undefined) {
    return statusResult(`Drop statement executed successfully (${shown} already dropped).`);
  }
  const object = context.get(kind.type, name);
  const action = await prepare(object, context);
  if (action === "remove") {
    await removeObject(object, context.parts);
    forgetCurrent(object, context);
  }
  return statusResult(`${shown} successfully dropped.`);
}

const requireOwnership = async (
  object: AccountObject,
  context: StatementContext,
): Promise<"remove"> => {
  context.require("OWNERSHIP", object);
  return "remove";
};

/** A session whose database, schema or warehouse is dropped has none. */
function forgetCurrent(object: AccountObject, { session }: StatementContext): void {
  if (object.type === "WAREHOUSE" && session.warehouse === ownName(object))
    session.warehouse = null;
  if (object.type === "DATABASE" && session.database === ownName(object)) {
    session.database = null;
    session.schema = null;
  }
  const isCurrentSchema = session.database === object.name[0] && session.schema === object.name[1];
  if (object.type === "SCHEMA" && isCurrentSchema) session.schema = null;
}
