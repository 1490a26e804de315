import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { SnowparkError } from "../base/snowpark-error.ts";

/** What goes to a public endpoint of a service. */
export interface IngressRequest {
  readonly method: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Readable;
  readonly signal?: AbortSignal;
}

export interface IngressAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * The origin of an endpoint. `SHOW ENDPOINTS` gives a host without a scheme; all hosts of Snowflake speak https, and
 * only a simulator's, which are names of this machine, speak http.
 */
export function ingressOrigin(ingressHost: string): URL {
  const scheme = isLocal(ingressHost.replace(/:\d+$/, "")) ? "http" : "https";
  return new URL(`${scheme}://${ingressHost}`);
}

/** Sends a request to a path of an endpoint. Rejects as `node:http` does. */
export function openIngress(url: URL, request: IngressRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = outgoingRequest(url, request).once("response", resolve).once("error", reject);
    if (request.body === undefined || typeof request.body === "string") outgoing.end(request.body);
    else request.body.once("error", reject).pipe(outgoing);
  });
}

/** Asks for another protocol on a connection (WebSocket); the answer is a response where the endpoint refuses. */
export function upgradeIngress(
  url: URL,
  request: IngressRequest,
): Promise<{ readonly answer: IncomingMessage; readonly socket?: Duplex; readonly head?: Buffer }> {
  return new Promise((resolve, reject) => {
    outgoingRequest(url, request)
      .once("upgrade", (answer, socket, head) => resolve({ answer, socket, head }))
      .once("response", (answer) => resolve({ answer }))
      .once("error", reject)
      .end();
  });
}

/**
 * One request and its whole answer, as text.
 *
 * @throws SnowparkError `network` where there is no answer, `cancelled`.
 */
export async function askIngress(url: URL, request: IngressRequest): Promise<IngressAnswer> {
  try {
    const answer = await openIngress(url, request);
    return { status: answer.statusCode ?? 0, text: await text(answer) };
  } catch (cause) {
    if (request.signal?.aborted === true) {
      throw new SnowparkError("cancelled", `Gave up ${request.method} ${url.href}`, { cause });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SnowparkError("network", `No answer to ${request.method} ${url.href}: ${reason}`, {
      cause,
    });
  }
}

function outgoingRequest(url: URL, { method, headers = {}, signal }: IngressRequest) {
  const send = url.protocol === "http:" ? httpRequest : httpsRequest;
  return send(url, {
    method,
    headers,
    ...(signal === undefined ? {} : { signal }),
    ...(isLocal(url.hostname) ? { lookup: loopback } : {}),
  });
}

function isLocal(host: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|localhost|.+\.localhost)$/i.test(host);
}

/** Names under `localhost` are this machine's (RFC 6761 §6.3), also where the system's resolver doesn't know it. */
const loopback: LookupFunction = (_host, options, answer) => {
  if (options.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
  else answer(null, "127.0.0.1", 4);
};
