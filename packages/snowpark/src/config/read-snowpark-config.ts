import { isScalar, LineCounter, parseDocument } from "yaml";
import { SnowparkError } from "../base/snowpark-error.ts";
import { checkShape } from "../specification/check-shape.ts";
import { CheckedDocument } from "../specification/checked-document.ts";
import { nestsTooDeeply } from "../specification/nesting.ts";
import { record, type Shape } from "../specification/shape.ts";
import { problemText } from "../specification/specification-problem.ts";
import { storedName } from "../sql/quote.ts";
import { checkConfigRules } from "./check-config-rules.ts";
import { type ConfigFields, configFields, isSection } from "./config-fields.ts";
import type { FileConfig } from "./file-config.ts";
import {
  defaultConfig,
  defaultNames,
  type EngineChoice,
  type ObjectNames,
  type SnowparkConfig,
} from "./snowpark-config.ts";

/** A longer file is no configuration: it bounds what a reader has to do. */
const maxLength = 65_536;

/** Text that is no YAML at all can be wrong in every line: a reader is shown the beginning. */
const maxSyntaxProblems = 20;

const tooDeep = "it nests too deeply, or its aliases expand to too much";

/**
 * Reads `snowpark.yaml`. What it leaves out has its default; an empty file is a whole configuration.
 *
 * @param fileName for the problems' texts
 * @throws SnowparkError `invalid-configuration` that lists every problem as `file:line:column: key: what is wrong`.
 */
export function readSnowparkConfig(text: string, fileName: string): SnowparkConfig {
  if (text.length > maxLength) {
    throw unusable(fileName, [`${fileName}: at most ${maxLength} characters are read`]);
  }
  if (nestsTooDeeply(text)) throw unusable(fileName, [`${fileName}: ${tooDeep}`]);
  try {
    return readDocument(text, fileName);
  } catch (error) {
    // What the parser makes of anchors is bounded, and ends so.
    if (error instanceof RangeError || error instanceof ReferenceError) {
      throw unusable(fileName, [`${fileName}: ${tooDeep}`]);
    }
    throw error;
  }
}

function readDocument(text: string, fileName: string): SnowparkConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const checked = new CheckedDocument(document, lines);
  for (const error of document.errors.slice(0, maxSyntaxProblems)) {
    const { line, col } = lines.linePos(error.pos[0]);
    checked.problems.push({ rule: "syntax", path: "", line, column: col, message: error.message });
  }
  const root = document.contents;
  const isEmpty = root === null || (isScalar(root) && root.value === null);
  if (!isEmpty && checked.problems.length === 0) checkShape(checked, configShape, root, []);
  let config = defaultConfig();
  if (!isEmpty && checked.problems.length === 0) {
    // The shape has just said that it is.
    const file = document.toJS({ maxAliasCount: 100 }) as FileConfig;
    config = withDefaults(file);
    checkConfigRules(checked, file, config);
  }
  if (checked.problems.length > 0) {
    throw unusable(
      fileName,
      checked.problems.map((problem) => `${fileName}:${problemText(problem)}`),
    );
  }
  return config;
}

const configShape = shapeOf(configFields);

function shapeOf(fields: ConfigFields): Shape {
  const shapes = Object.entries(fields).map(([key, field]): [string, Shape] => [
    key,
    isSection(field) ? shapeOf(field.fields) : field.shape,
  ]);
  return record({}, Object.fromEntries(shapes));
}

function unusable(fileName: string, problems: readonly string[]): SnowparkError {
  return new SnowparkError(
    "invalid-configuration",
    `${fileName} can't be used:\n${problems.join("\n")}`,
  );
}

function withDefaults(file: FileConfig): SnowparkConfig {
  const defaults = defaultConfig(file.name);
  return {
    name: defaults.name,
    ...(file.connection === undefined ? {} : { connection: file.connection }),
    adminRole: storedName(file.adminRole ?? defaults.adminRole),
    names: withNames(defaults.name, file.names),
    existing: [...new Set(file.existing ?? defaults.existing)],
    users: [...new Set((file.users ?? defaults.users).map(storedName))],
    engine: engineOf(file.engine),
    notebook: file.notebook ?? defaults.notebook,
    pool: { ...defaults.pool, ...file.pool },
    storage: { ...defaults.storage, ...file.storage },
    backup: { ...defaults.backup, ...file.backup },
    egress: [...new Set((file.egress ?? defaults.egress).map((host) => host.toLowerCase()))],
    warehouse: { ...defaults.warehouse, ...file.warehouse },
    rest: { ...defaults.rest, ...file.rest },
  };
}

function withNames(deployment: string, names: Partial<ObjectNames> = {}): ObjectNames {
  const stored = Object.entries(names).map(([key, name]) => [key, storedName(name)]);
  return { ...defaultNames(deployment), ...Object.fromEntries(stored) };
}

function engineOf(engine: FileConfig["engine"]): EngineChoice {
  return engine?.kind === "milvus"
    ? { kind: "milvus", version: (engine.version ?? "").replace(/^v/, "") }
    : { kind: "redkite" };
}
