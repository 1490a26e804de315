/** An answer other than success, thrown by whoever finds the reason and sent by the server. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly status: number;
  /** What is sent: a string as text, anything else as JSON. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(typeof body === "string" ? body : `HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}
