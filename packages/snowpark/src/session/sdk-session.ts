import { resolve } from "node:path";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { ConnectionSettings } from "../config/connection-settings.ts";
import { putStatement, qualified } from "../sql/quote.ts";
import { accountUrl } from "./account-address.ts";
import { isRecord, textOf } from "./http-exchange.ts";
import {
  loadSdk,
  type Sdk,
  type SdkConnection,
  type SdkStatement,
  withEnvironment,
} from "./load-sdk.ts";
import { NativeSession } from "./native-session.ts";
import { registryLoginOf } from "./registry-login.ts";
import { resultOf } from "./result-rows.ts";
import { sdkFailure } from "./sdk-failure.ts";
import { sdkOptions } from "./sdk-options.ts";
import type { SessionDependencies } from "./session-dependencies.ts";
import type {
  ExecuteOptions,
  PutOptions,
  RegistryLogin,
  SnowSession,
  SqlResult,
} from "./snow-session.ts";
import { cancelledError } from "./statement-error.ts";

export interface SdkDependencies extends SessionDependencies {
  /** What of the connection must not be seen in errors. */
  readonly secrets: readonly string[];
}

/** What a session of the drivers remembers between statements. */
interface SessionContext {
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
}

/**
 * A session through `snowflake-sdk`, which knows the sign-ins that need a browser, a password or a second factor, and
 * `PUT`. Its session has a current role, warehouse, database and schema; they are set with `USE` where a statement asks
 * for others than the last one, so statements run one after the other.
 */
export class SdkSession implements SnowSession {
  readonly account: string;
  readonly user: string;
  readonly #sdk: Sdk;
  readonly #connection: SdkConnection;
  readonly #settings: ConnectionSettings;
  readonly #dependencies: SdkDependencies;
  readonly #initial: SessionContext;
  #current: SessionContext;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    sdk: Sdk,
    connection: SdkConnection,
    signedIn: { settings: ConnectionSettings; user: string; context: SessionContext },
    dependencies: SdkDependencies,
  ) {
    this.account = signedIn.settings.account;
    this.user = signedIn.user;
    this.#sdk = sdk;
    this.#connection = connection;
    this.#settings = signedIn.settings;
    this.#dependencies = dependencies;
    this.#initial = signedIn.context;
    this.#current = signedIn.context;
  }

  /** @throws SnowparkError `sign-in-failed`, `network`, `unsupported`. */
  static async signIn(
    settings: ConnectionSettings,
    dependencies: SdkDependencies,
  ): Promise<SdkSession> {
    const sdk = await loadSdk(dependencies);
    const connection = sdk.createConnection(sdkOptions(settings, dependencies));
    await signInQuietly(connection, dependencies);
    const { result } = await run(connection, identity, { secrets: dependencies.secrets }).catch(
      async (error: unknown) => {
        await end(connection);
        throw error;
      },
    );
    const [user, role, warehouse, database, schema] = Object.values(result.rows[0] ?? {}).map(
      (value) => value ?? undefined,
    );
    const context = { role, warehouse, database, schema };
    const signedIn = { settings, user: user ?? settings.user ?? "", context };
    return new SdkSession(sdk, connection, signedIn, dependencies);
  }

  execute(statement: string, options: ExecuteOptions = {}): Promise<SqlResult> {
    return this.#inTurn(async () => {
      await this.#use(options);
      return this.#run(statement, options);
    });
  }

  put(file: string, stageFolder: string, options: PutOptions = {}): Promise<SqlResult> {
    return this.#inTurn(async () => {
      await this.#use(options);
      const path = resolve(this.#dependencies.workingFolder, file).replaceAll("\\", "/");
      const { overwrite = true, compress = false } = options;
      const statement = putStatement(path, stageFolder, { overwrite, compress });
      // For stages on a local disk the package sets the process's mask to 0 and leaves it there.
      const mask = process.umask(0o077);
      process.umask(mask);
      try {
        return await this.#run(statement, options);
      } finally {
        process.umask(mask);
      }
    });
  }

  async registryLogin(): Promise<RegistryLogin> {
    const { authenticator, token } = this.#settings;
    if (authenticator === "PROGRAMMATIC_ACCESS_TOKEN" && token !== undefined) {
      return { username: this.user, password: token };
    }
    return registryLoginOf(await this.#native().issueToken());
  }

  /** A token of this session. Its own access token, where it has one, has the user's default role. */
  async ingressToken(_ingressHost: string, role?: string): Promise<string> {
    const { authenticator, token } = this.#settings;
    if (
      authenticator === "PROGRAMMATIC_ACCESS_TOKEN" &&
      token !== undefined &&
      role === undefined
    ) {
      return token;
    }
    return this.#inTurn(async () => {
      if (role !== undefined) await this.#use({ role });
      return (await this.#native().issueToken()).token;
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => end(this.#connection));
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #use(options: ExecuteOptions): Promise<void> {
    if (options.signal?.aborted === true) throw cancelledError("The statement");
    const wanted: SessionContext = {
      role: options.role ?? this.#initial.role,
      warehouse: options.warehouse ?? this.#initial.warehouse,
      database: options.database ?? this.#initial.database,
      schema: options.schema ?? this.#initial.schema,
    };
    for (const step of useSteps(this.#current, wanted)) {
      try {
        await this.#run(step.statement, {});
      } catch (error) {
        // As in any session of the drivers, what a role may not use is not set. A statement that needs it says so.
        if (step.isNeeded || !(error instanceof SnowparkError) || error.code === "network") {
          throw error;
        }
      }
    }
  }

  async #run(statement: string, options: ExecuteOptions): Promise<SqlResult> {
    const secrets = [...(options.secrets ?? []), ...this.#dependencies.secrets];
    const { result, context } = await run(this.#connection, statement, { ...options, secrets });
    this.#current = context;
    return result;
  }

  #native(): NativeSession {
    const serialized: unknown = JSON.parse(this.#sdk.serializeConnection(this.#connection));
    const services = isRecord(serialized) ? serialized["services"] : undefined;
    const service = isRecord(services) ? services["sf"] : undefined;
    const tokens = isRecord(service) ? service["tokenInfo"] : undefined;
    const session = isRecord(tokens) ? textOf(tokens["sessionToken"]) : undefined;
    const master = isRecord(tokens) ? textOf(tokens["masterToken"]) : undefined;
    if (session === undefined || master === undefined) {
      throw new SnowparkError(
        "unsupported",
        "This snowflake-sdk does not tell its session's tokens",
        {
          remedy: "Use a key pair or a programmatic access token for images and endpoints",
        },
      );
    }
    return NativeSession.resume(
      { url: accountUrl(this.#settings), session, master },
      this.#dependencies,
    );
  }
}

interface UseStep {
  readonly statement: string;
  /** Whether nothing may be run without it: a statement with another role is another statement. */
  readonly isNeeded: boolean;
}

/** What leads from one context to another. What is wanted of nobody is left as it is. */
function useSteps(from: SessionContext, to: SessionContext): UseStep[] {
  const steps: UseStep[] = [];
  if (to.role !== undefined && to.role !== from.role) {
    steps.push({ statement: `USE ROLE ${qualified(to.role)}`, isNeeded: true });
  }
  const add = (statement: string): number => steps.push({ statement, isNeeded: false });
  if (to.warehouse !== undefined && to.warehouse !== from.warehouse) {
    add(`USE WAREHOUSE ${qualified(to.warehouse)}`);
  }
  const movesDatabase = to.database !== undefined && to.database !== from.database;
  if (to.schema !== undefined && (movesDatabase || to.schema !== from.schema)) {
    const path = to.database === undefined ? [to.schema] : [to.database, to.schema];
    add(`USE SCHEMA ${qualified(...path)}`);
  } else if (movesDatabase) {
    add(`USE DATABASE ${qualified(to.database)}`);
  }
  return steps;
}

/** The package's telemetry at each sign-in can be turned off by a variable alone. */
const quietSignIn = { SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: "true" };

function signInQuietly(
  connection: SdkConnection,
  { env, secrets }: SdkDependencies,
): Promise<void> {
  return withEnvironment(
    env,
    quietSignIn,
    () =>
      new Promise<void>((settle, reject) => {
        const done = (error: unknown): void => {
          if (error === undefined || error === null) settle();
          else reject(sdkFailure(error, { statement: "", secrets }, "sign-in"));
        };
        // It reports failures to the callback, by rejecting, or both.
        connection.connectAsync(done).catch(done);
      }),
  );
}

const identity =
  "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), CURRENT_SCHEMA()";

/** Ends a session, and with it the timers that keep it alive. One that can't be ended ends by itself. */
function end(connection: SdkConnection): Promise<void> {
  return new Promise((settle) => {
    connection.destroy(() => settle());
  });
}

function run(
  connection: SdkConnection,
  statement: string,
  options: ExecuteOptions,
): Promise<{ readonly result: SqlResult; readonly context: SessionContext }> {
  const { role, secrets, signal } = options;
  return new Promise((settle, reject) => {
    const started = connection.execute({
      sqlText: statement,
      rowMode: "array",
      fetchAsString: ["Number", "Boolean", "JSON", "Buffer"],
      ...(options.binds === undefined ? {} : { binds: [...options.binds] }),
      complete: (error, finished, rows) => {
        signal?.removeEventListener("abort", cancel);
        if (error !== undefined && error !== null) {
          const failure =
            signal?.aborted === true
              ? cancelledError("The statement")
              : sdkFailure(error, { statement, role, secrets });
          reject(failure);
          return;
        }
        const columns = (finished.getColumns() ?? []).map((column) => ({
          name: column.getName(),
          type: column.getType(),
        }));
        const cells = (Array.isArray(rows) ? rows : []).map((row: unknown) =>
          columns.map(({ type }, index) =>
            cellOf(Array.isArray(row) ? row[index] : undefined, type),
          ),
        );
        const result = resultOf(finished.getQueryId(), columns, cells);
        settle({ result, context: contextOf(finished) });
      },
    });
    const cancel = (): void => started.cancel(() => undefined);
    signal?.addEventListener("abort", cancel, { once: true });
  });
}

/** What the server says that the session has now. What it does not say is not relied upon. */
function contextOf(statement: SdkStatement): SessionContext {
  const state = statement.getSessionState();
  return {
    role: state?.getCurrentRole() ?? undefined,
    warehouse: state?.getCurrentWarehouse() ?? undefined,
    database: state?.getCurrentDatabase() ?? undefined,
    schema: state?.getCurrentSchema() ?? undefined,
  };
}

/** The package makes dates of dates; every session writes them the same way. */
function cellOf(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) {
    const iso = Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    if (type === "date") return iso.slice(0, 10);
    return type === "timestamp_ntz" ? iso.slice(0, -1) : iso;
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
