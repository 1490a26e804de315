import { SnowparkError } from "../base/snowpark-error.ts";
import { tokenize } from "../sql/tokens.ts";

/** Texts put in for the names of variables, which have no case. */
export type Variables = ReadonlyMap<string, string>;

/**
 * A statement with SnowSQL's variables put in: `&name` and `&{name}`, anywhere in it, also in strings. `&&` is `&`.
 *
 * @throws SnowparkError `invalid-configuration` for one that is not defined.
 */
export function substituteVariables(text: string, variables: Variables): string {
  return text.replaceAll(
    /&(?:&|\{(\w+)\}|([A-Za-z_]\w*))/g,
    (match, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return "&";
      const value = variables.get(name.toLowerCase());
      if (value === undefined) {
        throw new SnowparkError("invalid-configuration", `Variable ${name} is not defined`, {
          remedy: `Give it a value (-D ${name}=…), define it (!define ${name}=…), or write && where ${match} is meant as it is`,
        });
      }
      return value;
    },
  );
}

/**
 * A statement with its session variables put in as the expressions that they are: `$name` outside of strings and `$$`
 * blocks. `$1` is a column and stays.
 *
 * @throws SnowparkError `statement-failed`, as Snowflake itself answers, for one that is not set.
 */
export function substituteSessionVariables(statement: string, variables: Variables): string {
  return tokenize(statement)
    .map(({ kind, text }) => {
      if (kind !== "variable" || /^\$\d+$/.test(text)) return text;
      const value = variables.get(text.slice(1).toLowerCase());
      if (value === undefined) {
        throw new SnowparkError(
          "statement-failed",
          `Session variable '${text.toUpperCase()}' does not exist`,
          { snowflakeCode: "002211", remedy: `SET ${text.slice(1)} = … before it is used` },
        );
      }
      return value;
    })
    .join("");
}
