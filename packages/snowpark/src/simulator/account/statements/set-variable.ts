import type { Statement } from "../statement.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { notSimulated } from "../statement-error.ts";
import { statementSucceeded } from "../statement-result.ts";

/** `SET name = value`: a session's variable, used as `$name`. */
export function readSet(cursor: StatementCursor): Statement {
  if (cursor.peek()?.text === "(") throw notSimulated("SET (…) = (…)");
  const name = cursor.identifier();
  cursor.expectSymbol("=");
  const value = cursor.scalar();
  cursor.expectEnd();
  return ({ session }) => {
    session.variables.set(name, value);
    return statementSucceeded;
  };
}

/** `UNSET name`. */
export function readUnset(cursor: StatementCursor): Statement {
  const name = cursor.identifier();
  cursor.expectEnd();
  return ({ session }) => {
    session.variables.delete(name);
    return statementSucceeded;
  };
}
