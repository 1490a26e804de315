export type ServerErrorCode =
  | "address-in-use"
  | "address-not-available"
  | "listen-failed"
  | "tls-invalid";

/** Why the server could not start. The message names the address or the file, and what to do. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
