import { createServer } from "node:net";
import { type Database, openDatabase } from "@redkite/engine";
import { MilvusService, type ServiceLogger } from "../service/router.ts";
import { version } from "../version.ts";
import { GrpcServer } from "./grpc-server.ts";
import { formatAddress, type ListenAddress, listen, stopListening } from "./listen.ts";
import { createMetricsServer } from "./metrics-server.ts";
import { summarise } from "./response-summary.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** How long running requests may take to finish when the server closes. */
const drainMs = 2_000;

interface ListenOptions {
  /** Default "127.0.0.1": this machine only. */
  readonly host?: string;
  /** The port for gRPC. Default 19530, as Milvus has it. 0 takes any free one. */
  readonly port?: number;
  /** The port for health checks and metrics; none unless given. 0 takes any free one. */
  readonly metricsPort?: number;
  /** Is told of failures that are the server's own. */
  readonly logger?: ServiceLogger;
}

interface PathOptions extends ListenOptions {
  /** The folder of the database, made when it is not there, or ":memory:". */
  readonly dataPath: string;
  /** When a write is acknowledged: once it is on disk (default), or once the system has it. */
  readonly durability?: "fsync" | "os";
}

interface DatabaseOptions extends ListenOptions {
  /** An open database. It stays open when the server closes. */
  readonly database: Database;
}

export type ServerOptions = PathOptions | DatabaseOptions;

/** A server that listens. */
export interface RunningServer {
  /** `host:port`, as clients take it. */
  readonly address: string;
  readonly port: number;
  readonly metricsAddress?: string;
  readonly metricsPort?: number;
  /**
   * Stops to accept, lets running requests finish for up to two seconds, and closes the database
   * if the server opened it. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Serves a database to Milvus's clients. Throws the `EngineError` of a database that can't be
 * opened, and `ServerError` when an address is not to be had.
 *
 * @example
 * const server = await startServer({ dataPath: "./data", port: 19530 });
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if ("database" in options) return serveDatabase(options.database, options);
  const { dataPath, durability = "fsync" } = options;
  const database = await openDatabase(dataPath, { durability });
  try {
    const server = await serveDatabase(database, options);
    return { ...server, close: once(() => server.close().finally(() => database.close())) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function serveDatabase(
  database: Database,
  { host = "127.0.0.1", port = 19530, metricsPort, logger }: ListenOptions,
): Promise<RunningServer> {
  const service = new MilvusService({
    database,
    version,
    ...(logger === undefined ? {} : { logger }),
  });
  if (metricsPort === undefined) {
    const grpc = await listenForGrpc(service, { host, port });
    return { address: formatAddress(grpc), port: grpc.port, close: once(grpc.close) };
  }
  // Prometheus's client is loaded for those who ask for metrics.
  const { ServerMetrics } = await import("./server-metrics.ts");
  const metrics = new ServerMetrics(() => countCollections(database));
  const grpc = await listenForGrpc(service, { host, port }, metrics);
  try {
    const http = await listenForMetrics(metrics, { host, port: metricsPort });
    return {
      address: formatAddress(grpc),
      port: grpc.port,
      metricsAddress: formatAddress(http),
      metricsPort: http.port,
      close: once(() => grpc.close().finally(http.close)),
    };
  } catch (error) {
    await grpc.close();
    throw error;
  }
}

/** A port that is listened on. */
interface Listener extends ListenAddress {
  close(): Promise<void>;
}

async function listenForGrpc(
  service: MilvusService,
  address: ListenAddress,
  metrics?: ServerMetrics,
): Promise<Listener> {
  const grpc = new GrpcServer(service, (method, response, durationMs) =>
    metrics?.observe(method, summarise(method, response), durationMs),
  );
  const acceptor = createServer((socket) => grpc.accept(socket));
  const bound = await listen(acceptor, address, "gRPC");
  const close = async () => {
    const stopped = stopListening(acceptor);
    await grpc.close(drainMs);
    await stopped;
  };
  return { ...bound, close };
}

async function listenForMetrics(metrics: ServerMetrics, address: ListenAddress): Promise<Listener> {
  const server = createMetricsServer(metrics);
  const bound = await listen(server, address, "health and metrics");
  const close = async () => {
    const stopped = stopListening(server);
    // Scrapers keep theirs open.
    server.closeAllConnections();
    await stopped;
  };
  return { ...bound, close };
}

function countCollections(database: Database): number {
  return database
    .listDatabases()
    .reduce((count, { name }) => count + database.listCollections(name).length, 0);
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
