import { createServer } from "node:http";
import { sendFailure } from "../../../src/simulator/http/exchange.ts";
import { HttpFailure } from "../../../src/simulator/http/http-failure.ts";
import { dispatch, type Route } from "../../../src/simulator/http/router.ts";

export interface ServedRoutes {
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves some routes at a port of their own. */
export async function serveRoutes(routes: readonly Route[]): Promise<ServedRoutes> {
  const server = createServer((request, response) => {
    const exchange = { request, response, url: new URL(`http://localhost${request.url}`) };
    dispatch(routes, exchange).catch((error: unknown) =>
      sendFailure(
        exchange,
        error instanceof HttpFailure ? error : new HttpFailure(500, String(error)),
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
