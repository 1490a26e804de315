import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { SnowparkError } from "../base/snowpark-error.ts";
import { readToml, type TomlTable } from "./read-toml.ts";

/** What the search for connections depends on. */
export interface ConnectionsSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder?: string;
  readonly platform?: NodeJS.Platform;
}

/** A section of a file of connections, as it is written there. */
export interface ConnectionSection {
  readonly name: string;
  readonly file: string;
  readonly values: TomlTable;
}

/** Every connection that is configured on this machine. */
export interface Connections {
  readonly sections: ReadonlyMap<string, ConnectionSection>;
  /** The name that is asked for where none is given, and who asks for it. */
  readonly defaultName: { readonly name: string; readonly why: string };
  /** The files that were looked for, those that are not there included. */
  readonly files: readonly string[];
  /** What is not as it should be, and no reason to stop. */
  readonly warnings: readonly string[];
}

/**
 * Reads the connections that `snow` and the drivers have: `connections.toml`, and without it the `[connections.…]` of
 * `config.toml`, both in `$SNOWFLAKE_HOME`, `~/.snowflake` or the platform's folder for configurations.
 *
 * @throws SnowparkError `invalid-configuration` for a file that is not TOML, or that others may write.
 */
export async function readConnections(search: ConnectionsSearch): Promise<Connections> {
  const folder = await snowflakeFolder(search);
  const connectionsFile = join(folder, "connections.toml");
  const configFile = join(folder, "config.toml");
  const warnings: string[] = [];
  const connections = await readTable(connectionsFile, search, warnings);
  const config = await readTable(configFile, search, warnings);
  const found =
    connections === undefined
      ? sectionsOf(tableAt(config, "connections"), configFile)
      : [
          ...sectionsOf(connections, connectionsFile),
          ...sectionsOf(tableAt(connections, "connections"), connectionsFile),
        ];
  return {
    sections: new Map(found.map((section) => [section.name, section])),
    defaultName: defaultName(search.env, config, configFile),
    files: [connectionsFile, configFile],
    warnings,
  };
}

/**
 * The section of a name, or the default one. `undefined` where nothing at all is configured, so that the environment
 * alone may tell.
 *
 * @throws SnowparkError `invalid-configuration` for a name that is not there.
 */
export function findSection(
  connections: Connections,
  name?: string,
): { readonly section: ConnectionSection; readonly why: string } | undefined {
  const { sections } = connections;
  const wanted = name === undefined ? connections.defaultName : { name, why: "as asked for" };
  const section = sections.get(wanted.name);
  if (section !== undefined) return { section, why: wanted.why };
  const [only, ...others] = sections.values();
  if (name === undefined && wanted.why === conventional) {
    if (only === undefined) return undefined;
    if (others.length === 0) return { section: only, why: "the only one" };
  }
  const names = [...sections.keys()];
  const near = nearestName(wanted.name, names);
  const hint =
    near === undefined
      ? `There ${names.length === 0 ? "is none" : `are: ${names.join(", ")}`}`
      : `Did you mean ${near}?`;
  throw new SnowparkError(
    "invalid-configuration",
    `There is no connection ${JSON.stringify(wanted.name)} (${wanted.why}) in ${connections.files.join(" or ")}`,
    { remedy: hint },
  );
}

const conventional = "the default's usual name";

function defaultName(
  env: ConnectionsSearch["env"],
  config: TomlTable | undefined,
  configFile: string,
): Connections["defaultName"] {
  const fromEnvironment = env["SNOWFLAKE_DEFAULT_CONNECTION_NAME"];
  if (fromEnvironment) {
    return { name: fromEnvironment, why: "from SNOWFLAKE_DEFAULT_CONNECTION_NAME" };
  }
  const fromConfig = config?.["default_connection_name"];
  return typeof fromConfig === "string" && fromConfig !== ""
    ? { name: fromConfig, why: `default_connection_name of ${configFile}` }
    : { name: "default", why: conventional };
}

async function snowflakeFolder({ env, homeFolder, platform }: ConnectionsSearch): Promise<string> {
  const home = homeFolder ?? homedir();
  const chosen = env["SNOWFLAKE_HOME"];
  const usual = chosen ? resolve(expandHome(chosen, home)) : join(home, ".snowflake");
  if (chosen || (await isFolder(usual))) return usual;
  switch (platform ?? process.platform) {
    case "darwin":
      return join(home, "Library", "Application Support", "snowflake");
    case "win32":
      return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "snowflake");
    default:
      return join(env["XDG_CONFIG_HOME"] || join(home, ".config"), "snowflake");
  }
}

/** `~/x` as the file system has it. */
export function expandHome(path: string, homeFolder: string): string {
  return path === "~" || path.startsWith("~/") ? join(homeFolder, path.slice(1)) : path;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readTable(
  file: string,
  { platform }: ConnectionsSearch,
  warnings: string[],
): Promise<TomlTable | undefined> {
  const text = await readPrivateFile(file, { platform, warnings });
  if (text === undefined) return undefined;
  try {
    return readToml(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SnowparkError("invalid-configuration", `${file} can't be read: ${reason}`, {
      cause: error,
    });
  }
}

/**
 * The text of a file that holds secrets. `undefined` when it is not there. Like `snow` and the drivers, it refuses a
 * file that others may write; one that others may only read is worth a warning.
 *
 * @throws SnowparkError `invalid-configuration`.
 */
export async function readPrivateFile(
  file: string,
  { platform, warnings }: { readonly platform?: NodeJS.Platform | undefined; warnings: string[] },
): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    if ((platform ?? process.platform) !== "win32") checkMode(file, mode, warnings);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof SnowparkError) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SnowparkError("invalid-configuration", `${file} can't be read: ${reason}`, {
      cause: error,
    });
  }
}

function checkMode(file: string, mode: number, warnings: string[]): void {
  const shown = (mode & 0o777).toString(8);
  if ((mode & 0o022) !== 0) {
    throw new SnowparkError(
      "invalid-configuration",
      `Others than its owner may write ${file} (mode ${shown})`,
      { remedy: `chmod 0600 "${file}"` },
    );
  }
  if ((mode & 0o044) !== 0) {
    warnings.push(`Others than its owner may read ${file} (mode ${shown}): chmod 0600 "${file}"`);
  }
}

function sectionsOf(table: TomlTable | undefined, file: string): ConnectionSection[] {
  return Object.entries(table ?? {}).flatMap(([name, values]) =>
    isTable(values) && name !== "connections" ? [{ name, file, values }] : [],
  );
}

function tableAt(table: TomlTable | undefined, key: string): TomlTable | undefined {
  const value = table?.[key];
  return isTable(value) ? value : undefined;
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
