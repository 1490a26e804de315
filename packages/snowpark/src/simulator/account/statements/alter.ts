import type { ObjectKind } from "../object-kind.ts";
import { acceptKind } from "../object-kinds.ts";
import type { ObjectType } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notSimulated } from "../statement-error.ts";
import { statementSucceeded } from "../statement-result.ts";
import { readKindName } from "./kind-name.ts";

/** `ALTER <kind> [IF EXISTS] <name> …`, `ALTER SESSION`. */
export function readAlter(cursor: StatementCursor): Statement {
  if (cursor.comesNext("SESSION")) throw notSimulated("ALTER SESSION");
  if (cursor.comesNext("ACCOUNT")) throw notSimulated("ALTER ACCOUNT");
  const statement = acceptKind(cursor, (kind) => readKind(cursor, kind));
  if (statement === undefined) throw cursor.fail();
  return statement;
}

function readKind<T extends ObjectType>(cursor: StatementCursor, kind: ObjectKind<T>): Statement {
  const isConditional = cursor.accept("IF EXISTS");
  const name = readKindName(cursor, kind.type);
  const change = kind.readAlter(cursor);
  cursor.expectEnd();
  return async (context) => {
    if (isConditional && context.find(kind.type, name) === undefined) return statementSucceeded;
    const object = context.get(kind.type, name);
    return (await change(object, context)) ?? statementSucceeded;
  };
}
