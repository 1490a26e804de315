/**
 * What can go wrong in the brain, as a closed union. Callers branch on the code, never on the
 * message.
 */
export type BrainErrorCode =
  | "cancelled"
  | "collection-mismatch"
  | "dataset-closed"
  | "dataset-damaged"
  | "dataset-exists"
  | "dataset-locked"
  | "dataset-not-found"
  | "dataset-too-new"
  | "dependency-missing"
  | "duplicate-filepath"
  | "duplicate-id"
  | "embedding-invalid"
  | "expression-invalid"
  | "field-exists"
  | "field-name-invalid"
  | "field-not-found"
  | "field-read-only"
  | "field-type-mismatch"
  | "file-not-found"
  | "file-unreadable"
  | "format-invalid"
  | "id-invalid"
  | "id-not-found"
  | "index-not-found"
  | "invalid-argument"
  | "io"
  | "limit-exceeded"
  | "milvus-failed"
  | "model-failed"
  | "model-not-found"
  | "prompts-unsupported"
  | "run-exists"
  | "run-not-found"
  | "server-unreachable"
  | "unsupported"
  | "value-invalid"
  | "view-exists"
  | "view-invalid"
  | "view-not-found";

/** Facts about an error, for programs: names, the value found, the values allowed. */
export type BrainErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The brain's one error class. `message` says what was attempted, on what, what was found and what
 * to do.
 */
export class BrainError extends Error {
  override readonly name = "BrainError";
  readonly code: BrainErrorCode;
  readonly details: BrainErrorDetails;

  constructor(
    code: BrainErrorCode,
    message: string,
    options: { details?: BrainErrorDetails; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** Whether a caught value is a {@link BrainError}, of the given code if one is given. */
export function isBrainError(value: unknown, code?: BrainErrorCode): value is BrainError {
  return value instanceof BrainError && (code === undefined || value.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
