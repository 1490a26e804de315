import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** What a server answers; `"drop"` closes the connection without an answer. */
export type ServerAnswer =
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | "drop";

export interface ListeningServer {
  readonly port: number;
  readonly requests: ReceivedRequest[];
}

/** A server on this machine that answers as told and keeps what it received. It ends with the test. */
export async function listeningServer(
  answer: (request: ReceivedRequest, count: number) => ServerAnswer | Promise<ServerAnswer>,
): Promise<ListeningServer> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((incoming, response) => {
    void receive(incoming).then(async (request) => {
      requests.push(request);
      send(response, await answer(request, requests.length));
    });
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has such an address.
  return { port: (server.address() as AddressInfo).port, requests };
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return {
    method: incoming.method ?? "",
    url: new URL(incoming.url ?? "/", "http://localhost"),
    headers: incoming.headers,
    text: Buffer.concat(chunks).toString(),
  };
}

function send(response: ServerResponse, answer: ServerAnswer): void {
  if (answer === "drop") {
    response.destroy();
    return;
  }
  const isText = typeof answer.body === "string";
  response.writeHead(answer.status, {
    "content-type": isText ? "text/plain" : "application/json",
    ...answer.headers,
  });
  response.end(isText ? answer.body : JSON.stringify(answer.body));
}
