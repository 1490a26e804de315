import { BrainError, messageOf } from "../base/brain-error.ts";
import type { Environment } from "../base/environment.ts";
import { readFileText } from "../media/file-content.ts";
import { credentialNames, type MilvusCredentials } from "./milvus-place.ts";
import {
  consistencyLevels,
  type SimilarityBackend,
  similarityBackends,
} from "./similarity-config.ts";
import { checkMetric, type SimilarityMetric } from "./similarity-metric.ts";
import type { ConsistencyLevel } from "./vector-collection.ts";

/** What may be said of a backend in arguments, variables and the file. */
export interface BackendOptions extends MilvusCredentials {
  readonly backend?: string;
  /** Default: a new collection of its own. One that is there is connected to. */
  readonly collectionName?: string;
  /** Default: "cosine" embedded, "dotproduct" on Milvus, as FiftyOne has it. */
  readonly metric?: string;
  /** Default "Session". */
  readonly consistencyLevel?: string;
}

/** The same, decided and checked. */
export interface BackendSettings {
  readonly backend: SimilarityBackend;
  readonly collectionName: string | undefined;
  /** Whether the name was an argument, rather than a setting that all indexes have in common. */
  readonly isCollectionNamed: boolean;
  /** Undefined where nothing was said: a collection that is there decides, then the default. */
  readonly metric: SimilarityMetric | undefined;
  readonly consistencyLevel: ConsistencyLevel | undefined;
  readonly credentials: MilvusCredentials;
}

type SettingName = Exclude<keyof BackendOptions, "backend">;
const settingNames: readonly SettingName[] = [
  "collectionName",
  "metric",
  "consistencyLevel",
  ...credentialNames,
];

const prefixes = ["REDKITE_BRAIN", "FIFTYONE_BRAIN"] as const;

/**
 * Decides each setting: by the argument, else by `REDKITE_BRAIN_SIMILARITY_MILVUS_*` or
 * `FIFTYONE_BRAIN_SIMILARITY_MILVUS_*`, else by `brain_config.json`. Texts stay texts: a password of
 * digits is one.
 *
 * @param home The user's folder: the file is `brain_config.json` in `REDKITE_HOME` or `.redkite` of it, or
 * else in `.fiftyone`.
 * @throws {BrainError} `invalid-argument` for a setting that is unknown or has a wrong value.
 */
export async function resolveSettings(
  options: BackendOptions,
  environment: Environment,
  home: string,
): Promise<BackendSettings> {
  const file = await readConfigFile(environment, home);
  const backend = backendOf(options, environment, file);
  const given = (name: SettingName): unknown => {
    if (options[name] !== undefined) return options[name];
    // The embedded database needs none of what is said of servers.
    if (backend === "embedded") return undefined;
    return (
      environmentValue(`SIMILARITY_MILVUS_${snakeCase(name).toUpperCase()}`, environment) ??
      file.milvus.get(snakeCase(name))
    );
  };
  const text = (name: SettingName): string | undefined => {
    const value = given(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    throw invalidSetting(name, value, "a text");
  };
  const metric = text("metric");
  const level = text("consistencyLevel");
  const credentials = new Map<string, string | boolean>();
  for (const name of credentialNames) {
    const value = name === "secure" ? booleanOf(given(name)) : text(name);
    if (value !== undefined) credentials.set(name, value);
  }
  return {
    backend,
    collectionName: text("collectionName"),
    isCollectionNamed: options.collectionName !== undefined,
    metric: metric === undefined ? undefined : checkMetric(metric),
    consistencyLevel: level === undefined ? undefined : checkConsistencyLevel(level),
    // Built from the list of their names, each with a value of its type.
    credentials: Object.fromEntries(credentials) as MilvusCredentials,
  };
}

/** What `brain_config.json` says that concerns similarity. */
interface ConfigFile {
  readonly defaultBackend: unknown;
  readonly milvus: ReadonlyMap<string, unknown>;
}

const noConfigFile: ConfigFile = { defaultBackend: undefined, milvus: new Map() };

async function readConfigFile(environment: Environment, home: string): Promise<ConfigFile> {
  const named = environmentValue("CONFIG_PATH", environment);
  const ours = environment["REDKITE_HOME"] ?? `${home}/.redkite`;
  const paths =
    named === undefined
      ? [`${ours}/brain_config.json`, `${home}/.fiftyone/brain_config.json`]
      : [named];
  for (const path of paths) {
    try {
      return parseConfigFile(await readFileText(path), path);
    } catch (error) {
      const isMissing = error instanceof BrainError && error.code === "file-not-found";
      if (!isMissing || named !== undefined) throw error;
    }
  }
  return noConfigFile;
}

function parseConfigFile(text: string, path: string): ConfigFile {
  const fail = (reason: string): BrainError =>
    new BrainError("invalid-argument", `Cannot use the configuration "${path}": ${reason}`, {
      details: { path },
    });
  let root: ReadonlyMap<string, unknown>;
  try {
    root = membersOf(JSON.parse(text));
  } catch (error) {
    throw fail(messageOf(error));
  }
  const milvus = membersOf(membersOf(root.get("similarity_backends")).get("milvus"));
  const known = new Set<string>(settingNames.map(snakeCase));
  for (const name of milvus.keys()) {
    if (!known.has(name)) {
      throw fail(`milvus has no setting "${name}"; it has ${[...known].join(", ")}`);
    }
  }
  return { defaultBackend: root.get("default_similarity_backend"), milvus };
}

function backendOf(
  options: BackendOptions,
  environment: Environment,
  file: ConfigFile,
): SimilarityBackend {
  const given =
    options.backend ??
    (options.uri === undefined ? undefined : "milvus") ??
    environmentValue("DEFAULT_SIMILARITY_BACKEND", environment) ??
    file.defaultBackend ??
    "embedded";
  const known = similarityBackends.find((backend) => backend === given);
  if (known !== undefined) return known;
  throw new BrainError(
    "invalid-argument",
    `Unsupported backend '${String(given)}'. The available backends are ${similarityBackends.join(", ")}`,
    { details: { backend: given } },
  );
}

/** The variable of ours before FiftyOne's. One that is empty is not set. */
function environmentValue(name: string, environment: Environment): string | undefined {
  for (const prefix of prefixes) {
    const value = environment[`${prefix}_${name}`];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

function checkConsistencyLevel(level: string): ConsistencyLevel {
  const known = consistencyLevels.find((each) => each === level);
  if (known !== undefined) return known;
  throw invalidSetting("consistencyLevel", level, consistencyLevels.join(", "));
}

function booleanOf(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "True" || value === "1") return true;
  if (value === "false" || value === "False" || value === "0") return false;
  throw invalidSetting("secure", value, "true or false");
}

function invalidSetting(name: SettingName, value: unknown, expected: string): BrainError {
  const found = isSecret(name) ? "another value" : JSON.stringify(value);
  return new BrainError(
    "invalid-argument",
    `Cannot use ${found} as ${name}: expected ${expected}`,
    { details: { name } },
  );
}

function isSecret(name: SettingName): boolean {
  return name === "password" || name === "token";
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
