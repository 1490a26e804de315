import { createServer } from "node:net";

/**
 * Ports of 127.0.0.1 that stand for the ports of services, which have an address of their own each in an account. A
 * port is given for as long as the simulator runs, so a service that is started again is where it was.
 */
export class LocalPorts {
  readonly #ports = new Map<string, Promise<number>>();
  readonly #given = new Set<number>();

  /** The local port of a port of somebody (an instance of a service), the same each time. */
  portOf(owner: string, port: number): Promise<number> {
    const key = `${owner}:${port}`;
    const given = this.#ports.get(key) ?? this.#free();
    this.#ports.set(key, given);
    return given;
  }

  async #free(): Promise<number> {
    for (;;) {
      const port = await freePort();
      // The system may give a port again that no program has begun to use.
      if (this.#given.has(port)) continue;
      this.#given.add(port);
      return port;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("A listening socket has no port"));
      });
    });
  });
}
