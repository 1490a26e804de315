import { once } from "node:events";
import { EngineError } from "@redkite/engine";
import {
  type RunningServer,
  ServerError,
  type ServerOptions,
  startServer,
  version,
} from "@redkite/milvus/server";
import { Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../usage-error.ts";

/** How long the server may take to close before the process ends without it. */
const closeMsMax = 4_500;

interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly durability: "fsync" | "os";
  readonly json?: true;
}

const examples = `
Examples:
  $ redkite serve                              serve ./data on 127.0.0.1:19530
  $ redkite serve --data /srv/milvus --host 0.0.0.0
  $ redkite serve --port 0 --json              take any free port, and tell which

Any Milvus client connects, such as MilvusClient("127.0.0.1:19530") in Node or
MilvusClient("http://127.0.0.1:19530") in Python. Ctrl+C stops the server.`;

/** `redkite serve`: the database on the wire, for any client of Milvus. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("Serve a database to Milvus clients")
    .option("--data <folder>", "the folder of the database, made when it is not there", "./data")
    .option("--host <address>", "the address to listen on; 0.0.0.0 is all", "127.0.0.1")
    .addOption(portOption("--port <number>", "the port for gRPC; 0 takes a free one", 19530))
    .addOption(
      portOption("--metrics-port <number>", "the port for /healthz and /metrics; 0 likewise", 9091),
    )
    .addOption(
      new Option(
        "--durability <when>",
        "acknowledge writes once on disk, or once the system has them",
      )
        .choices(["fsync", "os"])
        .default("fsync"),
    )
    .option("--json", "tell that the server is ready as a line of JSON")
    .addHelpText("after", examples)
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const server = await start(options);
  process.stdout.write(
    `${options.json ? readyJson(server, options) : readyText(server, options)}\n`,
  );
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const guard = setTimeout(() => {
    process.stderr.write("redkite: the server did not close in time; its log has all writes\n");
    process.exit(1);
  }, closeMsMax);
  await server.close();
  clearTimeout(guard);
}

async function start(options: ServeOptions): Promise<RunningServer> {
  const { data, host, port, metricsPort, durability } = options;
  const request: ServerOptions = { dataPath: data, host, port, metricsPort, durability, logger };
  try {
    return await startServer(request);
  } catch (error) {
    if (error instanceof EngineError || error instanceof ServerError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

const logger: NonNullable<ServerOptions["logger"]> = {
  error(message, { error }) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`redkite: ${message}: ${reason}\n`);
  },
};

function readyText(server: RunningServer, { data }: ServeOptions): string {
  return (
    `redkite ${version} is ready: gRPC on ${server.address}, ` +
    `health and metrics on ${server.metricsAddress}, data in ${data}`
  );
}

function readyJson(server: RunningServer, { data }: ServeOptions): string {
  const { address, port, metricsAddress, metricsPort } = server;
  return JSON.stringify({ version, address, port, metricsAddress, metricsPort, data });
}

function portOption(flags: string, description: string, port: number): Option {
  return new Option(flags, description).default(port).argParser(parsePort);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError("Give a whole number from 0 to 65535.");
  }
  return port;
}
