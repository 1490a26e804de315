import { type Database, openDatabase } from "@redkite/engine";
import { AccessControl } from "../access/access-control.ts";
import { ensureRootPassword, type RootPasswordOptions } from "../access/root-password.ts";
import { createFunctionListener } from "../functions/function-listener.ts";
import type { TextEmbedder } from "../functions/service-functions.ts";
import { createRestListener } from "../rest/rest-listener.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import { MilvusService, type ServiceLogger } from "../service/router.ts";
import { version } from "../version.ts";
import { createFunctionServer } from "./function-server.ts";
import { GrpcServer } from "./grpc-server.ts";
import { HttpServer } from "./http-server.ts";
import { formatAddress, type ListenAddress, listen, requireFree, stopListening } from "./listen.ts";
import { createMetricsServer } from "./metrics-server.ts";
import { observedHandler } from "./observed-handler.ts";
import { PortListener } from "./port-listener.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { checkTls, type TlsMaterial } from "./tls-material.ts";

/** How long running requests may take to finish when the server closes. */
const drainMs = 2_000;
/** Milvus's. */
const defaultPort = 19530;

interface ListenOptions {
  /** Default "127.0.0.1": this machine only. */
  readonly host?: string;
  /** The port for gRPC and REST. Default 19530, as Milvus has it. 0 takes any free one. */
  readonly port?: number;
  /** The port for health checks and metrics; none unless given. 0 takes any free one. */
  readonly metricsPort?: number;
  /**
   * When given, the service functions of Snowflake are answered on a port of their own, to whoever can reach it: callers
   * have no password of Milvus's.
   */
  readonly functions?: FunctionPort;
  /** When given, clients must sign in. Default: whoever can reach the port may do everything. */
  readonly auth?: RootPasswordOptions;
  /** When given, the port speaks TLS only. */
  readonly tls?: TlsMaterial;
  /** Is told of failures that are the server's own. */
  readonly logger?: ServiceLogger;
}

/** Where and how calls of service functions are answered. */
export interface FunctionPort {
  /** 0 takes any free one. */
  readonly port: number;
  /** The model for texts. Without one, functions that need it refuse to work. */
  readonly embed?: TextEmbedder;
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
  readonly functionsAddress?: string;
  readonly functionsPort?: number;
  /** Root's password, if one was made up: nobody can be told of it again. */
  readonly rootPassword?: string;
  /** Uses another key and other certificates for new connections. Throws `ServerError`. */
  renewTls(tls: TlsMaterial): void;
  /**
   * Stops to accept, lets running requests finish for up to two seconds, and closes the database
   * if the server opened it. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Serves a database to Milvus's clients. Throws the `EngineError` of a database that can't be
 * opened, `ServerError` when an address is not to be had or TLS can't be used, and `MilvusError` for
 * a password of root that is too short or too long.
 *
 * @example
 * const server = await startServer({ dataPath: "./data", port: 19530 });
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  if (options.tls !== undefined) checkTls(options.tls);
  if ("database" in options) return serveDatabase(options.database, options);
  const { dataPath, durability = "fsync", logger } = options;
  await requireFreePorts(options);
  const database = await openDatabase(dataPath, {
    durability,
    onBackgroundFailure: (collection, message) =>
      logger?.error("A flush or compaction failed, and is tried again", { collection, message }),
  });
  try {
    const server = await serveDatabase(database, options);
    return { ...server, close: once(() => server.close().finally(() => database.close())) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Before anything is made on the disk: who mistypes a port gets no folder. */
async function requireFreePorts(options: ListenOptions): Promise<void> {
  const { host = "127.0.0.1", port = defaultPort, metricsPort, functions } = options;
  await requireFree([
    { address: { host, port }, purpose: "gRPC and REST" },
    ...(metricsPort === undefined
      ? []
      : [{ address: { host, port: metricsPort }, purpose: "health and metrics" }]),
    ...(functions === undefined
      ? []
      : [{ address: { host, port: functions.port }, purpose: "service functions" }]),
  ]);
}

async function serveDatabase(database: Database, options: ListenOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = defaultPort, metricsPort, auth, logger } = options;
  const isRequired = auth !== undefined;
  const access = new AccessControl({ database, isRequired, nowMs: () => performance.now() });
  const service = new MilvusService({
    database,
    version,
    access,
    ...(logger === undefined ? {} : { logger }),
  });
  const metrics = metricsPort === undefined ? undefined : await metricsOf(database);
  const listener = portListenerOf(
    metrics === undefined ? service : observedHandler(service, metrics),
    options,
  );
  let functions: Listener | undefined;
  // Whoever watches sees that the server does not take requests any more, while it drains.
  const closers: (() => Promise<unknown>)[] = [
    () => Promise.all([listener.close(drainMs), functions?.close()]),
  ];
  const close = once(async () => {
    for (const closeOne of closers) await closeOne();
  });
  try {
    const bound = await listener.listen({ host, port });
    const http = metrics && (await listenForMetrics(metrics, { host, port: metricsPort ?? 0 }));
    if (http !== undefined) closers.push(http.close);
    functions = await listenForFunctions(database, options);
    // Last: a password that was made up is kept only by a server that can tell it.
    const rootPassword = auth && (await ensureRootPassword(access.store, auth));
    return {
      address: formatAddress(bound),
      port: bound.port,
      ...(http && { metricsAddress: formatAddress(http), metricsPort: http.port }),
      ...(functions && {
        functionsAddress: formatAddress(functions),
        functionsPort: functions.port,
      }),
      ...(rootPassword === undefined ? {} : { rootPassword }),
      renewTls: (tls) => {
        checkTls(tls);
        listener.renewTls(tls);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function portListenerOf(handler: RequestHandler, options: ListenOptions): PortListener {
  const { tls, logger } = options;
  const rest = createRestListener(handler, {
    version,
    onFailure: (route, error) => logger?.error(`${route} failed`, { route, error }),
  });
  return new PortListener({ http2: new GrpcServer(handler), http1: new HttpServer(rest) }, tls);
}

/** Prometheus's client is loaded for those who ask for metrics. */
async function metricsOf(database: Database): Promise<ServerMetrics> {
  const { ServerMetrics } = await import("./server-metrics.ts");
  return new ServerMetrics(() => countContents(database));
}

/** A port that is listened on. */
interface Listener extends ListenAddress {
  close(): Promise<void>;
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

async function listenForFunctions(
  database: Database,
  options: ListenOptions,
): Promise<Listener | undefined> {
  const { functions, host = "127.0.0.1", logger } = options;
  if (functions === undefined) return undefined;
  // Without access control: everybody is root here.
  const service = new MilvusService({ database, version, ...(logger && { logger }) });
  const answer = createFunctionListener(service, {
    nowMs: () => performance.now(),
    onFailure: (path, error) => logger?.error(`${path} failed`, { path, error }),
    ...(functions.embed === undefined ? {} : { embed: functions.embed }),
  });
  const server = createFunctionServer(answer);
  const bound = await server.listen({ host, port: functions.port });
  return { ...bound, close: () => server.close(drainMs) };
}

function countContents(database: Database): { collections: number; rows: number } {
  const collections = database
    .listDatabases()
    .flatMap(({ name }) => database.listCollections(name));
  const rows = collections.reduce((count, { rowCount }) => count + rowCount, 0);
  return { collections: collections.length, rows };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
