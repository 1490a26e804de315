/** An error as a client shows it: the server's code, or `null` when the client refused before it asked the server. */
export class ClientError extends Error {
  /** @param {number | null} code @param {string} message @param {unknown} [cause] */
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = "ClientError";
    this.code = code;
  }

  /** Reads what the Node SDK throws: an Error of its own, or the reply with the server's status. */
  static from(error) {
    if (error instanceof ClientError) return error;
    const status = error?.status ?? error;
    if (typeof status?.reason === "string" && status.error_code !== undefined) {
      return new ClientError(status.code ?? 0, status.reason, error);
    }
    return new ClientError(null, error?.message ?? String(error), error);
  }
}
