import type { Statement } from "./statement.ts";
import { type CursorScope, StatementCursor } from "./statement-cursor.ts";
import { readAlter } from "./statements/alter.ts";
import { readCall } from "./statements/call.ts";
import { readCreate } from "./statements/create.ts";
import { readDescribe } from "./statements/describe.ts";
import { readDrop } from "./statements/drop.ts";
import { readExecuteJob } from "./statements/execute-job.ts";
import { readGrant, readRevoke } from "./statements/grant.ts";
import { readSelect } from "./statements/select.ts";
import { readSet, readUnset } from "./statements/set-variable.ts";
import { readShow } from "./statements/show.ts";
import { readGet, readList, readPut, readRemove } from "./statements/stage-files.ts";
import { readUse } from "./statements/use.ts";

const readers: Readonly<Record<string, (cursor: StatementCursor) => Statement>> = {
  ALTER: readAlter,
  CALL: readCall,
  CREATE: readCreate,
  DESC: readDescribe,
  DESCRIBE: readDescribe,
  DROP: readDrop,
  EXECUTE: readExecuteJob,
  GET: readGet,
  GRANT: readGrant,
  LIST: readList,
  LS: readList,
  PUT: readPut,
  REMOVE: readRemove,
  REVOKE: readRevoke,
  RM: readRemove,
  SELECT: readSelect,
  SET: readSet,
  SHOW: readShow,
  UNSET: readUnset,
  USE: readUse,
};

/** Reads one statement. @throws StatementError 001003 for what it does not know. */
export function readStatement(source: string, scope: CursorScope): Statement {
  const cursor = new StatementCursor(source, scope);
  const first = cursor.peek();
  const verb = first?.kind === "word" ? first.text.toUpperCase() : "";
  const reader = Object.hasOwn(readers, verb) ? readers[verb] : undefined;
  if (reader === undefined) throw cursor.fail();
  cursor.take();
  return reader(cursor);
}
