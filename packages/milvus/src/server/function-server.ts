import { createServer, type RequestListener } from "node:http";
import { type ListenAddress, listen, stopListening } from "./listen.ts";

/** A port for calls of service functions. */
export interface FunctionServer {
  /** Throws `ServerError`. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops to accept, and lets running calls finish for up to `graceMs` milliseconds. */
  close(graceMs: number): Promise<void>;
}

export function createFunctionServer(answer: RequestListener): FunctionServer {
  const server = createServer(answer);
  return {
    listen: (address) => listen(server, address, "service functions"),
    close: async (graceMs) => {
      const stopped = stopListening(server);
      server.closeIdleConnections();
      const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
      await stopped;
      clearTimeout(cutOff);
    },
  };
}
