import { SnowparkError } from "../base/snowpark-error.ts";
import { literalValue, type SqlToken } from "../sql/tokens.ts";
import { beginsWith, tokensOf } from "./statement-words.ts";

/** A `PUT` of a script. */
export interface PutStatement {
  /** A path on this machine; `*` and `?` are for several files. */
  readonly file: string;
  /** With its `@`. */
  readonly stageFolder: string;
  readonly overwrite: boolean;
  readonly compress: boolean;
}

/**
 * Reads `PUT file://… @stage/folder [OVERWRITE = …] [AUTO_COMPRESS = …] [PARALLEL = …]`. `undefined` for other
 * statements.
 *
 * @throws SnowparkError `statement-failed` for one that is not complete, `unsupported` for other options.
 */
export function readPutStatement(statement: string): PutStatement | undefined {
  const [, source, target, ...options] = tokensOf(statement);
  if (!beginsWith(tokensOf(statement), "PUT")) return undefined;
  const address = source?.kind === "string" ? literalValue(source) : (source?.text ?? "");
  const stageFolder = target?.kind === "string" ? literalValue(target) : (target?.text ?? "");
  if (!/^file:\/\//i.test(address) || !stageFolder.startsWith("@")) {
    throw new SnowparkError(
      "statement-failed",
      `A PUT names a file and a stage: PUT file:///path/file @stage. Found: ${statement.slice(0, 100)}`,
    );
  }
  const given = optionsOf(options);
  return {
    file: address.slice("file://".length),
    stageFolder,
    overwrite: given.get("OVERWRITE") === "TRUE",
    compress: (given.get("AUTO_COMPRESS") ?? "TRUE") === "TRUE",
  };
}

/** `PARALLEL` says how to upload, which changes nothing in what is there afterwards. */
const knownOptions: ReadonlySet<string> = new Set(["OVERWRITE", "AUTO_COMPRESS", "PARALLEL"]);

function optionsOf(tokens: readonly SqlToken[]): Map<string, string> {
  const options = new Map<string, string>();
  for (let index = 0; index < tokens.length; index += 3) {
    const name = tokens[index]?.text.toUpperCase() ?? "";
    const value = tokens[index + 2]?.text.toUpperCase();
    if (!knownOptions.has(name) || tokens[index + 1]?.text !== "=" || value === undefined) {
      throw new SnowparkError("unsupported", `This option of PUT is not supported: ${name}`, {
        remedy: `Known: ${[...knownOptions].join(", ")}`,
      });
    }
    options.set(name, value);
  }
  return options;
}
