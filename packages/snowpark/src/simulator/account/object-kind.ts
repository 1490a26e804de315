import type { ObjectOf, ObjectType } from "./state.ts";
import type { StatementContext } from "./statement-context.ts";
import type { StatementCursor } from "./statement-cursor.ts";
import type { Cell, ColumnType, RowsOutcome } from "./statement-result.ts";

/** A column of SHOW or DESCRIBE. */
export interface ObjectColumn<T extends ObjectType> {
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (object: ObjectOf<T>, context: StatementContext) => Cell;
}

/** What every new object has, whatever its type. */
export interface NewObject {
  readonly id: number;
  readonly name: readonly string[];
  readonly owner: string;
  readonly createdOn: number;
}

/** Makes the object, or throws. It must not change the account: that a name is free is checked before. */
export type Create<T extends ObjectType> = (
  base: NewObject,
  context: StatementContext,
) => ObjectOf<T> | Promise<ObjectOf<T>>;

export interface NamedCreate<T extends ObjectType> {
  readonly name: readonly string[];
  readonly create: Create<T>;
}

/** Changes an object. Without an outcome the answer is "Statement executed successfully." */
export type Change<T extends ObjectType> = (
  object: ObjectOf<T>,
  context: StatementContext,
) => RowsOutcome | undefined | Promise<RowsOutcome | undefined>;

/** A kind of object: how statements create, change, drop and list it. The rest is the same for all. */
export interface ObjectKind<T extends ObjectType> {
  readonly type: T;
  /** The words behind CREATE, ALTER, DROP and DESCRIBE, the most specific first. */
  readonly words: readonly string[];
  /** The words behind SHOW. */
  readonly plural: readonly string[];
  /** What creating one takes, on what it lies in. `undefined`: it is created otherwise, or not at all. */
  readonly createPrivilege: string | undefined;
  readonly canReplace: boolean;
  /** Reads what follows the name. `words` is the one of the kind's that was used. */
  readonly readCreate?: (cursor: StatementCursor, words: string) => Create<T>;
  /** Instead of it, where the name depends on what follows: reads both. */
  readonly readNamedCreate?: (cursor: StatementCursor) => NamedCreate<T>;
  /** What else happens once the object is there. */
  readonly created?: (object: ObjectOf<T>, context: StatementContext) => void;
  readonly readAlter: (cursor: StatementCursor) => Change<T>;
  /** Reads what follows the name, and says what has to be done before it goes. Default: ownership is enough. */
  readonly readDrop?: (cursor: StatementCursor) => DropAction<T>;
  readonly columns: readonly ObjectColumn<T>[];
  /** The columns of DESCRIBE where they are others than SHOW's. */
  readonly describe?: (object: ObjectOf<T>, context: StatementContext) => RowsOutcome;
}

/** Refuses (throws), lets the object be removed now, or says that it will go by itself later. */
export type DropAction<T extends ObjectType> = (
  object: ObjectOf<T>,
  context: StatementContext,
) => Promise<"remove" | "later">;
