import { ownName } from "../account-objects.ts";
import type { NamedCreate, NewObject, ObjectKind } from "../object-kind.ts";
import { acceptKind } from "../object-kinds.ts";
import { removeObject } from "../removal.ts";
import type { AccountObject, ObjectType } from "../state.ts";
import type { Statement } from "../statement.ts";
import { type StatementContext, typeNames } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { alreadyExists } from "../statement-error.ts";
import { type RowsOutcome, statusResult } from "../statement-result.ts";

interface Creation<T extends ObjectType> extends NamedCreate<T> {
  readonly kind: ObjectKind<T>;
  readonly replaces: boolean;
  readonly isConditional: boolean;
}

/** `CREATE [OR REPLACE] <kind> [IF NOT EXISTS] <name> …`. */
export function readCreate(cursor: StatementCursor): Statement {
  const replaces = cursor.accept("OR REPLACE");
  const statement = acceptKind(cursor, (kind, words) => readKind(cursor, kind, words, replaces));
  if (statement === undefined) throw cursor.fail();
  return statement;
}

function readKind<T extends ObjectType>(
  cursor: StatementCursor,
  kind: ObjectKind<T>,
  words: string,
  replaces: boolean,
): Statement {
  if (replaces && !kind.canReplace) throw cursor.fail();
  const isConditional = cursor.accept("IF NOT EXISTS");
  if (isConditional && replaces) throw cursor.fail();
  const { name, create } = readNamed(cursor, kind, words);
  cursor.expectEnd();
  return (context) => run({ kind, name, create, replaces, isConditional }, context);
}

function readNamed<T extends ObjectType>(
  cursor: StatementCursor,
  kind: ObjectKind<T>,
  words: string,
): NamedCreate<T> {
  if (kind.readNamedCreate !== undefined) return kind.readNamedCreate(cursor);
  if (kind.readCreate === undefined) throw cursor.fail();
  const name = cursor.name();
  return { name, create: kind.readCreate(cursor, words) };
}

async function run<T extends ObjectType>(
  { kind, name, create, replaces, isConditional }: Creation<T>,
  context: StatementContext,
): Promise<RowsOutcome> {
  const full = context.qualify(kind.type, name);
  const parent = context.parentOf(full);
  const { access, actor, objects } = context;
  const privilege = kind.createPrivilege;
  if (privilege !== undefined && !access.mayCreate(actor, privilege, parent)) {
    throw context.forbidden(parent);
  }
  const existing: AccountObject | undefined = objects.find(kind.type, full);
  const shown = full.at(-1) ?? "";
  if (existing !== undefined && isConditional) {
    return statusResult(`${shown} already exists, statement succeeded.`);
  }
  if (existing !== undefined && !replaces) throw alreadyExists(shown);
  if (existing !== undefined) context.require("OWNERSHIP", existing);
  const base: NewObject = {
    id: objects.takeId(),
    name: full,
    owner: context.session.role,
    createdOn: context.now,
  };
  const object = await create(base, context);
  // Another statement may have made it while this one waited for a runtime or a file.
  const rival: AccountObject | undefined = objects.find(kind.type, full);
  if (rival !== existing) throw alreadyExists(shown);
  if (existing !== undefined) await removeObject(existing, context.parts);
  objects.add(object);
  kind.created?.(object, context);
  return statusResult(`${typeNames[kind.type].label} ${ownName(object)} successfully created.`);
}
