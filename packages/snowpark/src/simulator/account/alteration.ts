import {
  type PropertiesOf,
  type PropertyShape,
  readProperties,
  textProperty,
} from "./properties.ts";
import type { AccountObject } from "./state.ts";
import type { StatementContext } from "./statement-context.ts";
import type { StatementCursor } from "./statement-cursor.ts";
import { invalidProperty } from "./statement-error.ts";

/** What an `ALTER … SET` or `UNSET` names: new values, or properties that go back to their defaults. */
export interface Alteration<S extends PropertyShape> {
  readonly set: PropertiesOf<S>;
  readonly unset: readonly (keyof S & string)[];
}

/** Reads `SET NAME = value …` or `UNSET NAME, …`. Nothing or something unknown is a syntax error. */
export function readAlteration<S extends PropertyShape>(
  cursor: StatementCursor,
  shape: S,
): Alteration<S> {
  if (cursor.accept("UNSET")) return { set: {}, unset: readUnset(cursor, shape) };
  cursor.expect("SET");
  const set = readProperties(cursor, shape);
  if (Object.keys(set).length === 0) throw cursor.fail();
  cursor.expectEnd();
  return { set, unset: [] };
}

function readUnset<S extends PropertyShape>(
  cursor: StatementCursor,
  shape: S,
): (keyof S & string)[] {
  const names: (keyof S & string)[] = [];
  do {
    const name = cursor.word();
    if (!Object.hasOwn(shape, name)) throw invalidProperty(name);
    names.push(name);
  } while (cursor.acceptSymbol(","));
  cursor.expectEnd();
  return names;
}

/** A property's value after the alteration: what is set, its initial value where it is unset, else what it was. */
export function altered<S extends PropertyShape, K extends keyof S & string>(
  { set, unset }: Alteration<S>,
  name: K,
  values: { readonly was: ReturnType<S[K]>; readonly initial: ReturnType<S[K]> },
): ReturnType<S[K]> {
  if (unset.includes(name)) return values.initial;
  return set[name] ?? values.was;
}

/** Reads the alteration of objects of which only the comment can be altered. */
export function readCommentChange(
  cursor: StatementCursor,
): (object: AccountObject, context: StatementContext) => undefined {
  const { set } = readAlteration(cursor, { COMMENT: textProperty });
  return (object, context) => {
    context.require("OWNERSHIP", object);
    object.comment = set.COMMENT ?? "";
    return undefined;
  };
}
