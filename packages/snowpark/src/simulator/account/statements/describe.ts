import type { ObjectKind } from "../object-kind.ts";
import { acceptKind } from "../object-kinds.ts";
import type { ObjectType } from "../state.ts";
import type { Statement } from "../statement.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { queryResult } from "../statement-result.ts";
import { readKindName } from "./kind-name.ts";

/** `DESC[RIBE] <kind> <name>`. */
export function readDescribe(cursor: StatementCursor): Statement {
  const statement = acceptKind(cursor, (kind) => readKind(cursor, kind));
  if (statement === undefined) throw cursor.fail();
  return statement;
}

function readKind<T extends ObjectType>(cursor: StatementCursor, kind: ObjectKind<T>): Statement {
  const name = readKindName(cursor, kind.type);
  cursor.expectEnd();
  return (context) => {
    const object = context.get(kind.type, name);
    if (kind.describe !== undefined) return kind.describe(object, context);
    return queryResult(
      kind.columns.map((column) => ({ name: column.name, type: column.type })),
      [kind.columns.map((column) => column.of(object, context))],
    );
  };
}
