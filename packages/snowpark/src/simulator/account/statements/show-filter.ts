import { ownName } from "../account-objects.ts";
import { bareFunctionName } from "../kinds/function-kind.ts";
import type { AccountObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import type { StatementCursor } from "../statement-cursor.ts";
import { noCurrentDatabase, noCurrentSchema } from "../statement-error.ts";

type Scope =
  | { readonly kind: "account" }
  | { readonly kind: "current" }
  | { readonly kind: "database"; readonly name: string | undefined }
  | { readonly kind: "schema"; readonly name: readonly string[] | undefined }
  | { readonly kind: "pool"; readonly name: string };

/** Which of the objects a SHOW statement lists. */
export interface ShowFilter {
  readonly like: string | undefined;
  readonly startsWith: string | undefined;
  readonly limit: number | undefined;
  readonly from: string | undefined;
  readonly scope: Scope;
}

/** Reads `[LIKE '…'] [IN …] [STARTS WITH '…'] [LIMIT n [FROM '…']]`. */
export function readShowFilter(cursor: StatementCursor): ShowFilter {
  const like = cursor.accept("LIKE") ? cursor.text() : undefined;
  const scope: Scope = cursor.accept("IN") ? readScope(cursor) : { kind: "current" };
  const startsWith = cursor.accept("STARTS WITH") ? cursor.text() : undefined;
  const limit = cursor.accept("LIMIT") ? cursor.integer() : undefined;
  const from = limit !== undefined && cursor.accept("FROM") ? cursor.text() : undefined;
  return { like, scope, startsWith, limit, from };
}

function readScope(cursor: StatementCursor): Scope {
  if (cursor.accept("ACCOUNT")) return { kind: "account" };
  if (cursor.accept("COMPUTE POOL")) return { kind: "pool", name: cursor.identifier() };
  const hasName = () =>
    ["word", "quoted"].includes(cursor.peek()?.kind ?? "") && !endsScope(cursor);
  if (cursor.accept("DATABASE")) {
    return { kind: "database", name: hasName() ? cursor.identifier() : undefined };
  }
  cursor.accept("SCHEMA");
  return { kind: "schema", name: hasName() ? cursor.name() : undefined };
}

function endsScope(cursor: StatementCursor): boolean {
  return cursor.comesNext("STARTS WITH") || cursor.comesNext("LIMIT");
}

/** The objects that pass, in their order. */
export function applyShowFilter<T extends AccountObject>(
  objects: readonly T[],
  filter: ShowFilter,
  context: StatementContext,
): T[] {
  const isInScope = scopeTest(filter.scope, context);
  const like = filter.like === undefined ? undefined : likePattern(filter.like);
  const passing = objects.filter((object) => {
    const name = object.type === "FUNCTION" ? bareFunctionName(object) : ownName(object);
    return (
      isInScope(object) &&
      (like?.test(name) ?? true) &&
      (filter.startsWith === undefined || name.startsWith(filter.startsWith)) &&
      (filter.from === undefined || name > filter.from)
    );
  });
  return passing.slice(0, filter.limit);
}

function scopeTest(scope: Scope, context: StatementContext): (object: AccountObject) => boolean {
  if (scope.kind === "account") return () => true;
  if (scope.kind === "pool") {
    const pool = ownName(context.get("COMPUTE POOL", [scope.name]));
    return (object) => object.type === "SERVICE" && object.computePool === pool;
  }
  if (scope.kind === "current") return currentTest(context);
  const prefix =
    scope.kind === "database" ? databaseOf(scope.name, context) : schemaOf(scope.name, context);
  return (object) =>
    object.name.length > prefix.length &&
    prefix.every((part, index) => object.name[index] === part);
}

/** Without IN: the current schema, else the current database, else all. */
function currentTest({ session }: StatementContext): (object: AccountObject) => boolean {
  const { database, schema } = session;
  return ({ name }) =>
    name.length === 1 ||
    ((database === null || name[0] === database) &&
      (schema === null || name.length < 3 || name[1] === schema));
}

function databaseOf(name: string | undefined, context: StatementContext): string[] {
  const database = name ?? context.session.database;
  if (database === null) throw noCurrentDatabase("SHOW");
  return [ownName(context.get("DATABASE", [database]))];
}

function schemaOf(name: readonly string[] | undefined, context: StatementContext): string[] {
  if (name !== undefined) return [...context.get("SCHEMA", name).name];
  const { database, schema } = context.session;
  if (database === null) throw noCurrentDatabase("SHOW");
  if (schema === null) throw noCurrentSchema("SHOW");
  return [database, schema];
}

/** SQL's LIKE, without regard to case: `%` is any text, `_` one character, and a backslash takes them literally. */
export function likePattern(like: string): RegExp {
  const pattern = like.replaceAll(
    /\\([\s\S])|([%_])|([^\w\s])/g,
    (_match, escaped, wild, other) => {
      if (wild !== undefined) return wild === "%" ? "[\\s\\S]*" : "[\\s\\S]";
      return escapeCharacter(String(escaped ?? other));
    },
  );
  return new RegExp(`^${pattern}$`, "iu");
}

function escapeCharacter(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}
