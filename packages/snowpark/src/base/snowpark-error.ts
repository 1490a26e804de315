/** What went wrong, for programs. The command line gives each its exit code. */
export type SnowparkErrorCode =
  /** The configuration, an option or an argument can't be used. Nothing was sent. */
  | "invalid-configuration"
  /** No connection is configured, or what is configured does not sign in. */
  | "sign-in-failed"
  /** The account refused a statement for want of a privilege. */
  | "insufficient-privileges"
  /** The account refused a statement for another reason. */
  | "statement-failed"
  /** An object of that name is there, and this deployment did not make it. */
  | "foreign-object"
  /** What was asked for is not there. */
  | "not-found"
  /** A pool, a service or an endpoint did not get ready. */
  | "not-ready"
  /** An image could not be built, read or pushed. */
  | "image-failed"
  /** A host could not be reached, or did not answer as its protocol says. */
  | "network"
  /** It can't be done here, or by this session: a package or a program is missing. */
  | "unsupported"
  /** The caller gave it up. */
  | "cancelled";

/** What else is known of a failure. Everything in it is fit to be shown: secrets are redacted. */
export interface SnowparkErrorDetails {
  /** The step of the plan, such as `service MILVUS`. */
  readonly step?: string;
  readonly role?: string;
  /** The statement, redacted. */
  readonly statement?: string;
  /** Snowflake's own number, such as `002003`. */
  readonly snowflakeCode?: string;
  readonly sqlState?: string;
  readonly queryId?: string;
  /** The last lines that the container wrote. */
  readonly logLines?: readonly string[];
  /** What to do about it. */
  readonly remedy?: string;
}

/** A failure of a deployment: its message says what was attempted and what was found. */
export class SnowparkError extends Error {
  override readonly name = "SnowparkError";
  readonly code: SnowparkErrorCode;
  readonly details: SnowparkErrorDetails;

  constructor(
    code: SnowparkErrorCode,
    message: string,
    details: SnowparkErrorDetails & { readonly cause?: unknown } = {},
  ) {
    const { cause, ...shown } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = shown;
  }
}
