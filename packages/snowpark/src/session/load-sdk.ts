import { createRequire } from "node:module";
import { join } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";

/** As much of `snowflake-sdk` as is used here. It is an optional peer: its own types may not be there. */
export interface Sdk {
  configure(options: Readonly<Record<string, unknown>>): void;
  createConnection(options: Readonly<Record<string, unknown>>): SdkConnection;
  serializeConnection(connection: SdkConnection): string;
}

export interface SdkConnection {
  connectAsync(callback: (error: unknown) => void): Promise<unknown>;
  execute(options: SdkExecution): SdkStatement;
  destroy(callback: (error: unknown) => void): void;
}

export interface SdkExecution {
  readonly sqlText: string;
  readonly binds?: readonly unknown[];
  readonly rowMode: "array";
  readonly fetchAsString: readonly string[];
  readonly complete: (error: unknown, statement: SdkStatement, rows: unknown) => void;
}

export interface SdkStatement {
  getQueryId(): string;
  getColumns(): readonly SdkColumn[] | undefined;
  getSessionState(): SdkSessionState | undefined;
  cancel(callback: (error: unknown) => void): void;
}

/** What the server said of its session with the statement's answer. */
export interface SdkSessionState {
  getCurrentRole(): string | null | undefined;
  getCurrentWarehouse(): string | null | undefined;
  getCurrentDatabase(): string | null | undefined;
  getCurrentSchema(): string | null | undefined;
}

export interface SdkColumn {
  getName(): string;
  getType(): string;
}

export interface SdkPlace {
  readonly env: Record<string, string | undefined>;
  readonly workingFolder: string;
}

/** What keeps the package from asking cloud addresses who it is, and from loading a native part, when it is loaded. */
const quietImport: Readonly<Record<string, string>> = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: "true",
  SNOWFLAKE_DISABLE_MINICORE: "true",
};

/**
 * Loads `snowflake-sdk` from the user's project, from `NODE_PATH` or from beside this package, and silences it: by
 * itself it logs to standard output and to a file in the working folder.
 *
 * @throws SnowparkError `unsupported` where it is not installed.
 */
export async function loadSdk({ env, workingFolder }: SdkPlace): Promise<Sdk> {
  const loaded = await withEnvironment(env, quietImport, () =>
    requireFirst("snowflake-sdk", [join(workingFolder, "package.json"), import.meta.url]),
  );
  if (!isSdk(loaded)) {
    throw new SnowparkError(
      "unsupported",
      "The installed snowflake-sdk is not one that is known here",
      {
        remedy: "Install version 3: npm install snowflake-sdk@3",
      },
    );
  }
  const nothing = (): void => undefined;
  loaded.configure({
    logLevel: "OFF",
    additionalLogToConsole: false,
    customLogger: { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing },
  });
  return loaded;
}

/** Runs something with variables set, and sets them back when it is done. */
export async function withEnvironment<T>(
  env: Record<string, string | undefined>,
  variables: Readonly<Record<string, string>>,
  run: () => T | Promise<T>,
): Promise<T> {
  const before = Object.keys(variables).map((name): [string, string | undefined] => [
    name,
    env[name],
  ]);
  Object.assign(env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  }
}

function requireFirst(name: string, places: readonly string[]): unknown {
  for (const place of places) {
    const require = createRequire(place);
    let path: string;
    try {
      path = require.resolve(name);
    } catch {
      // Not from there: the next place may have it.
      continue;
    }
    return require(path);
  }
  throw new SnowparkError(
    "unsupported",
    `This connection needs the package ${name}, which is not installed`,
    {
      remedy:
        "npm install snowflake-sdk, or sign in with a key pair or a programmatic access token, which need no package",
    },
  );
}

function isSdk(value: unknown): value is Sdk {
  return (
    typeof value === "object" &&
    value !== null &&
    ["configure", "createConnection", "serializeConnection"].every(
      (name) => typeof Reflect.get(value, name) === "function",
    )
  );
}
