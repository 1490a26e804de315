import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { HttpFailure } from "./http-failure.ts";

/** One request with the place of its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** Texts of statements and tokens are far below this; blobs and files are streamed and have no limit here. */
const bodyBytesMax = 16 * 1024 * 1024;

/**
 * The whole body. Throws {@link HttpFailure} 413 for one over `bytesMax` (default 16 MiB), 400 for one that is not the gzip
 * it says.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number = bodyBytesMax,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    // A request without an encoding set gives buffers.
    const bytes = part as Buffer;
    size += bytes.length;
    if (size > bytesMax) throw new HttpFailure(413, tooLong(bytesMax));
    parts.push(bytes);
  }
  const body = Buffer.concat(parts);
  if (request.headers["content-encoding"] !== "gzip") return body;
  try {
    return gunzipSync(body, { maxOutputLength: bytesMax });
  } catch {
    throw new HttpFailure(400, `${tooLong(bytesMax)} when unpacked, or is not gzip`);
  }
}

function tooLong(bytesMax: number): string {
  return `The body is over ${bytesMax / 1024 ** 2} MiB`;
}

/** A body that is a JSON object. An empty one counts as `{}`. Throws {@link HttpFailure} 400 for anything else. */
export async function readJsonObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request)).toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HttpFailure(400, { success: false, code: "000400", message: "Malformed JSON" });
  }
  if (!isRecord(value)) {
    throw new HttpFailure(400, { success: false, code: "000400", message: "Not a JSON object" });
  }
  return value;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member that is a string, or `undefined`. */
export function stringOf(record: Record<string, unknown>, key: string): string | undefined {
  const value = record[key];
  return typeof value === "string" ? value : undefined;
}

export function sendJson(
  { response }: Pick<Exchange, "response">,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  send(response, status, {
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

export function sendText(
  { response }: Pick<Exchange, "response">,
  body: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  send(response, status, {
    headers: { "content-type": "text/plain; charset=utf-8", ...headers },
    body,
  });
}

/**
 * Sends a {@link HttpFailure} as it says. Once an answer has begun, only its connection can be ended. What the handler has
 * left of the body is read and dropped by Node, so that the client gets the answer and not a broken connection.
 */
export function sendFailure(exchange: Exchange, failure: HttpFailure): void {
  if (exchange.response.headersSent) {
    exchange.response.destroy();
    return;
  }
  const options = { status: failure.status, headers: { ...failure.headers } };
  if (typeof failure.body === "string") sendText(exchange, failure.body, options);
  else sendJson(exchange, failure.body, options);
}

function send(
  response: ServerResponse,
  status: number,
  { headers, body }: { headers: Record<string, string>; body: string },
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}
