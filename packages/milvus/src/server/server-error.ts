export type ServerErrorCode = "address-in-use" | "address-not-available" | "listen-failed";

/** Why the server could not start to listen. The message names the address and what to do. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}
