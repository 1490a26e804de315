import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionSettings, SnowparkConfig, SnowSession } from "@redkite/snowpark";
import { UsageError } from "../../usage-error.ts";
import type { Environment } from "./environment.ts";
import { passwordFolder, RootPassword } from "./root-password.ts";
import { loadSnowpark, type SnowparkOptions } from "./snowpark-options.ts";

type Snowpark = Awaited<ReturnType<typeof loadSnowpark>>;

/** A signed-in user of an account, and what is to be there. */
export interface OpenAccount {
  readonly config: SnowparkConfig;
  readonly session: SnowSession;
  readonly rootPassword: RootPassword;
  readonly fetch: typeof globalThis.fetch;
  close(): Promise<void>;
}

/** The folder of the simulated account that --simulate takes, in the working folder. */
export const simulatorFolder = ".snowpark-simulator";

/** Where the deployment's file is looked for when no option names it. */
const usualFile = "snowpark.yaml";

/** Reads the configuration and the connection, and signs in. */
export async function openAccount(
  snowpark: Snowpark,
  options: SnowparkOptions,
  { environment, tell }: { environment: Environment; tell: (text: string) => void },
): Promise<OpenAccount> {
  const config = await readConfig(snowpark, options);
  const settings = await connectionOf(snowpark, { options, config, environment, tell });
  const fetch =
    options.simulate === true ? snowpark.loopbackFetch(globalThis.fetch) : globalThis.fetch;
  const { record } = options;
  const session = await snowpark.connect(settings, {
    fetch,
    now: Date.now,
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal ? { signal } : {}),
    randomUuid: randomUUID,
    env: environment,
    workingFolder: process.cwd(),
    showSignInAddress: (url) => tell(`Sign in to Snowflake: ${url}`),
    showRetry: tell,
    ...(record === undefined
      ? {}
      : { record: (line) => appendFileSync(record, `${line}\n`, { mode: 0o600 }) }),
  });
  const folder =
    options.simulate === true
      ? join(simulatorFolder, "passwords")
      : passwordFolder(environment["REDKITE_HOME"]);
  return {
    config,
    session,
    fetch,
    rootPassword: new RootPassword(folder, { account: session.account, name: config.name }),
    close: () => session.close(),
  };
}

/** Ends the process of the account that --simulate takes; its state stays. */
export async function endSimulator(): Promise<void> {
  const { stopSimulatorInBackground } = await loadSnowpark();
  await stopSimulatorInBackground(simulatorFolder);
}

/** The configuration that the options name, or the one of an empty file. */
export async function readConfig(
  snowpark: Snowpark,
  { config: file }: SnowparkOptions,
): Promise<SnowparkConfig> {
  const path = file ?? usualFile;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    if (file === undefined && isMissing) return snowpark.defaultConfig();
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot read ${path}: ${reason}`, { cause: error });
  }
  return snowpark.readSnowparkConfig(text, path);
}

async function connectionOf(
  snowpark: Snowpark,
  {
    options,
    config,
    environment,
    tell,
  }: {
    options: SnowparkOptions;
    config: SnowparkConfig;
    environment: Environment;
    tell: (text: string) => void;
  },
): Promise<ConnectionSettings> {
  if (options.simulate === true) {
    if (options.connection !== undefined) {
      throw new UsageError("--simulate and --connection exclude each other");
    }
    return await snowpark.simulatorInBackground(resolve(simulatorFolder));
  }
  const connections = await snowpark.readConnections({ env: environment });
  const { settings, warnings } = await snowpark.chooseConnection(connections, {
    env: environment,
    name: options.connection ?? config.connection,
    workingFolder: process.cwd(),
  });
  for (const warning of warnings) tell(warning);
  return settings;
}
