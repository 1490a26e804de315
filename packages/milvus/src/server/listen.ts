import { type AddressInfo, createServer, type Server } from "node:net";
import { ServerError } from "./server-error.ts";

/** Where a server listens, or is to. Port 0 asks for any free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Starts to listen and answers the address, with the port that was found for port 0. Throws
 * `ServerError`. `purpose` names the server in its message, such as "gRPC".
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  purpose: string,
): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: Error) => reject(listenError(cause, address, purpose));
    server.once("error", refuse);
    server.listen(address, () => {
      server.off("error", refuse);
      resolve();
    });
  });
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  return { host: address.host, port };
}

/** Throws the `ServerError` of {@link listen} unless all addresses could be listened on now, at once. */
export async function requireFree(
  wanted: readonly { readonly address: ListenAddress; readonly purpose: string }[],
): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const { address, purpose } of wanted) {
      const server = createServer();
      await listen(server, address, purpose);
      servers.push(server);
    }
  } finally {
    await Promise.all(servers.map(stopListening));
  }
}

/** Resolves when nothing listens any more and the last connection is closed. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** An address as a client takes it, with IPv6 in brackets. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listenError(cause: NodeJS.ErrnoException, address: ListenAddress, purpose: string): Error {
  const attempt = `Cannot listen for ${purpose} on ${formatAddress(address)}`;
  const options = { cause };
  switch (cause.code) {
    case "EADDRINUSE":
      return new ServerError(
        "address-in-use",
        `${attempt}: the port is in use. Choose another port, or 0 for any that is free`,
        options,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ServerError(
        "address-not-available",
        `${attempt}: this machine has no such address. Choose 127.0.0.1, or 0.0.0.0 for all`,
        options,
      );
    case "EACCES":
      return new ServerError(
        "listen-failed",
        `${attempt}: this user may not open the port. Choose one from 1024 up`,
        options,
      );
    default:
      return new ServerError("listen-failed", `${attempt}: ${cause.message}`, options);
  }
}
