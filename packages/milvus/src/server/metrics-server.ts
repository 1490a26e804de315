import { createServer, type RequestListener, type Server } from "node:http";
import type { ServerMetrics } from "./server-metrics.ts";

/**
 * The HTTP server for health checks and metrics: `/healthz`, `/livez`, `/readyz` and `/metrics`. It
 * listens once the database is open and the other port accepts, so it has nothing to check.
 */
export function createMetricsServer(metrics: ServerMetrics): Server {
  const answerOk: RequestListener = (_request, response) => response.end("OK");
  const routes: Readonly<Record<string, RequestListener>> = {
    "/healthz": answerOk,
    "/livez": answerOk,
    "/readyz": answerOk,
    "/metrics": (_request, response) => {
      metrics.render().then(
        (text) => response.setHeader("content-type", metrics.contentType).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    },
  };
  return createServer((request, response) => {
    const [path] = (request.url ?? "").split("?", 1);
    response.setHeader("content-type", "text/plain; charset=utf-8");
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) response.writeHead(404).end("Not found");
    else if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
    else route(request, response);
  });
}
