import { SnowparkError } from "../base/snowpark-error.ts";

const plainName = /^[A-Z_][A-Z0-9_$]*$/;

/** What a name can be in Snowflake: 255 characters. */
const maxNameLength = 255;

/**
 * A name as an identifier of Snowflake's SQL: bare where the bare form means the same, in double quotes otherwise. The
 * name is taken as stored, so `milvus` becomes `"milvus"` and only `MILVUS` stays bare.
 *
 * @throws SnowparkError `invalid-configuration` for an empty name, one over 255 characters or one with a NUL.
 */
export function identifier(name: string): string {
  if (name.length === 0 || name.length > maxNameLength || name.includes("\0")) {
    throw new SnowparkError(
      "invalid-configuration",
      `A name in Snowflake has 1 to ${maxNameLength} characters and no NUL: ${JSON.stringify(name)}`,
    );
  }
  return plainName.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * The name that people write as in a connection or a file: a plain one in upper case, one in double quotes without them,
 * any other as it is.
 */
export function storedName(written: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_$]*$/.test(written)) return written.toUpperCase();
  const quoted = /^"((?:[^"]|"")+)"$/s.exec(written)?.[1];
  return quoted === undefined ? written : quoted.replaceAll('""', '"');
}

/** A name so that {@link storedName} takes it for this one. */
export function writtenName(stored: string): string {
  return storedName(stored) === stored ? stored : `"${stored.replaceAll('"', '""')}"`;
}

/** The parts of a qualified name, each as {@link identifier} writes it. */
export function qualified(...names: readonly string[]): string {
  return names.map(identifier).join(".");
}

/** A text as a literal in single quotes: backslashes are escapes there, so they are doubled too. */
export function literal(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

/** A `PUT` of a local file to a folder of a stage, such as `@db.schema.stage/folder`. Windows' paths are taken too. */
export function putStatement(
  file: string,
  stageFolder: string,
  { overwrite, compress }: { readonly overwrite: boolean; readonly compress: boolean },
): string {
  const source = literal(`file://${file.startsWith("/") ? "" : "/"}${file}`);
  const folder = stageFolder.startsWith("@") ? stageFolder : `@${stageFolder}`;
  const target = /^@[\w.~%/$-]+$/.test(folder) ? folder : literal(folder);
  return `PUT ${source} ${target} OVERWRITE=${overwrite} AUTO_COMPRESS=${compress}`;
}

/**
 * A specification as a literal between `$$`. It is written as JSON, which is YAML as well, because there every `$`
 * that another follows can be spelled `\u0024`: nothing inside can end the literal.
 */
export function specificationLiteral(specification: unknown): string {
  return `$$${JSON.stringify(specification).replaceAll(/\$(?=\$|$)/g, "\\u0024")}$$`;
}
