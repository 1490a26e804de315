import { readFunctionName } from "../kinds/function-kind.ts";
import type { ObjectType } from "../state.ts";
import type { StatementCursor } from "../statement-cursor.ts";

/** The name of an object that is there: a function's has its argument types. */
export function readKindName(cursor: StatementCursor, type: ObjectType): string[] {
  return type === "FUNCTION" ? readFunctionName(cursor) : cursor.name();
}
