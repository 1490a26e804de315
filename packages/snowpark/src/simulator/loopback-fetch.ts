import { request as httpRequest } from "node:http";
import { Readable } from "node:stream";

/**
 * `fetch` for the addresses of a simulator. Its endpoints are hosts such as `abcdef-simulated-account.localhost:4711`,
 * which browsers and curl take for this machine by themselves, while Node asks the system, and not every system knows
 * them. Requests to other hosts go through the `fetch` that is given.
 */
export function loopbackFetch(otherwise: typeof fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.protocol !== "http:" || !url.hostname.endsWith(".localhost")) {
      return otherwise(request);
    }
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    return send(request, { url, body });
  };
}

function send(
  request: Request,
  { url, body }: { url: URL; body: Buffer | undefined },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: "127.0.0.1",
        port: url.port === "" ? 80 : Number(url.port),
        path: `${url.pathname}${url.search}`,
        method: request.method,
        headers: { ...Object.fromEntries(request.headers), host: url.host },
        signal: request.signal,
      },
      (incoming) => {
        const headers = new Headers();
        for (const [name, value] of Object.entries(incoming.headers)) {
          for (const each of [value ?? []].flat()) headers.append(name, each);
        }
        const status = incoming.statusCode ?? 502;
        const hasBody = ![204, 205, 304].includes(status) && request.method !== "HEAD";
        if (!hasBody) incoming.resume();
        // Node's stream of the web and the one of `Response` are the same thing with two types.
        const stream = hasBody ? (Readable.toWeb(incoming) as ReadableStream) : null;
        resolve(new Response(stream, { status, headers }));
      },
    );
    outgoing.once("error", (cause) => reject(new TypeError("fetch failed", { cause })));
    outgoing.end(body);
  });
}
