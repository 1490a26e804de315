/**
 * What can go wrong in the engine, as a closed union. Callers branch on the code, never on the
 * message; `@redkite/milvus` maps each one to Milvus's code and text in one exhaustive table.
 */
export type EngineErrorCode =
  // Requests that can't be carried out as asked.
  | "alias-conflict"
  | "alias-exists"
  | "alias-not-found"
  | "cancelled"
  | "collection-exists"
  | "collection-loaded"
  | "collection-not-found"
  | "collection-not-loaded"
  | "database-exists"
  | "database-limit"
  | "database-name-invalid"
  | "database-not-empty"
  | "database-not-found"
  | "dimension-mismatch"
  | "duplicate-key"
  | "field-name-invalid"
  | "field-not-found"
  | "filter-invalid"
  | "index-conflict"
  | "index-not-found"
  | "invalid-parameter"
  | "limit-exceeded"
  | "metric-mismatch"
  | "partition-exists"
  | "partition-not-found"
  | "partition-not-loaded"
  | "schema-illegal"
  | "schema-invalid"
  | "schema-mismatch"
  | "unsupported"
  // The state of the process or of the disk.
  | "closed"
  | "corrupt-file"
  | "format-too-new"
  | "io"
  | "locked"
  | "not-a-database";

/** Facts about an error, for programs: names, the value found, the value allowed. */
export type EngineErrorDetails = Readonly<
  Record<string, string | number | bigint | boolean | readonly string[]>
>;

/**
 * The engine's one error class. `message` says what was attempted, on what, what was found and
 * what is allowed; where Milvus has a text for a rule of its data model or filter language, the
 * message is that text, so that it reads the same from every client.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  readonly details: EngineErrorDetails;

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { details?: EngineErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether a caught value is an {@link EngineError}, of the given code if one is given. */
export function isEngineError(value: unknown, code?: EngineErrorCode): value is EngineError {
  return value instanceof EngineError && (code === undefined || value.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
