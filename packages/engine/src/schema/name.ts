import { EngineError } from "../base/errors.ts";
import { limits } from "./limits.ts";

/** What is named decides the wording, and for partitions also the alphabet. */
export type NameKind = "collection" | "alias" | "database" | "field" | "index" | "partition";

const startsWithLetter = /^[A-Za-z_]/;
const startsWithLetterOrDigit = /^[A-Za-z0-9_]/;
const namePattern = /^[A-Za-z0-9_]*$/;
const partitionNamePattern = /^[A-Za-z0-9_-]*$/;

/** Names of fields that the system has for itself, and words of the filter language. */
const reservedFieldNames = new Set([
  "RowID",
  "Timestamp",
  "__virtual_pk__",
  "$meta",
  ...["like", "LIKE", "and", "AND", "or", "OR", "not", "NOT", "in", "IN", "exists", "EXISTS"],
  ...["true", "True", "TRUE", "false", "False", "FALSE", "json_contains", "JSON_CONTAINS"],
  ...["json_contains_all", "JSON_CONTAINS_ALL", "json_contains_any", "JSON_CONTAINS_ANY"],
  ...["array_contains", "ARRAY_CONTAINS", "array_contains_all", "ARRAY_CONTAINS_ALL"],
  ...["array_contains_any", "ARRAY_CONTAINS_ANY", "array_length", "ARRAY_LENGTH"],
  ...["text_match", "TEXT_MATCH", "phrase_match", "PHRASE_MATCH"],
  ...["random_sample", "RANDOM_SAMPLE"],
]);

/**
 * Checks a name against Milvus's rules: 1 to 255 characters, letters, digits and underscores, no
 * digit first (partitions may begin with a digit and contain `-`).
 * Throws `invalid-parameter`, `field-name-invalid` or `database-name-invalid` with Milvus's text.
 */
export function checkName(kind: NameKind, name: string): void {
  const problem = problemOf(kind, name);
  if (problem === undefined) return;
  switch (kind) {
    case "database":
      throw new EngineError("database-name-invalid", problem, { details: { database: name } });
    case "field":
      throw new EngineError("field-name-invalid", `Invalid field name: ${name}. ${problem}`, {
        details: { field: name },
      });
    default:
      throw new EngineError("invalid-parameter", `Invalid ${title(kind)}: ${name}. ${problem}`, {
        details: { kind, name },
      });
  }
}

function problemOf(kind: NameKind, name: string): string | undefined {
  const what = title(kind);
  // Milvus begins these sentences with a capital for partitions only.
  const the = kind === "partition" ? "The" : "the";
  const stop = kind === "partition" ? "." : "";
  if (name === "") {
    return `${kind === "partition" ? "Partition name" : what} should not be empty${stop}`;
  }
  if (name.length > limits.nameLength) {
    return `${the} length of a ${what} must be less than ${limits.nameLength} characters${stop}`;
  }
  const start = kind === "partition" ? startsWithLetterOrDigit : startsWithLetter;
  if (!start.test(name)) {
    return `${the} first character of a ${what} must be an underscore or letter${stop}`;
  }
  const pattern = kind === "partition" ? partitionNamePattern : namePattern;
  if (!pattern.test(name)) {
    const subject = kind === "partition" ? "Partition name" : what;
    return `${subject} can only contain numbers, letters and underscores${stop}`;
  }
  if (kind === "field" && (reservedFieldNames.has(name) || name.toLowerCase() === "null")) {
    return `${name} is keyword in milvus`;
  }
  return undefined;
}

function title(kind: NameKind): string {
  return kind === "alias" ? "collection alias" : `${kind} name`;
}
