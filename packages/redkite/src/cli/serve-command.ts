import { once } from "node:events";
import { EngineError, messageOf } from "@redkite/engine";
import { MilvusError } from "@redkite/milvus";
import {
  type RunningServer,
  ServerError,
  type ServerOptions,
  startServer,
  version,
} from "@redkite/milvus/server";
import { Command } from "commander";
import { UsageError } from "../usage-error.ts";
import { readAuth, readTls } from "./serve-files.ts";
import { jsonLog, type ServeLog, textLog } from "./serve-log.ts";
import { type ServeOptions, serveOptions } from "./serve-options.ts";

/** How long the server may take to close before the process ends without it. */
const closeMsMax = 4_500;

const examples = `
Examples:
  $ redkite serve                              serve ./data on 127.0.0.1:19530
  $ redkite serve --data /srv/milvus --host 0.0.0.0 --auth
  $ redkite serve --tls-cert server.pem --tls-key server.key
  $ redkite serve --port 0 --json              take any free port, and tell which

Any Milvus client connects, such as MilvusClient("127.0.0.1:19530") in Node or
MilvusClient("http://127.0.0.1:19530") in Python. Ctrl+C stops the server; SIGHUP
has it read the TLS files again. Where a variable is named (env), it does as well.

Exit codes: 0 stopped by a signal; 1 stopped before all was closed, or a failure
of its own; 2 it could not start as asked.`;

/**
 * `redkite serve`: the database on the wire, for any client of Milvus. `rootPassword` is the one
 * that the environment gives.
 */
export function serveCommand(rootPassword?: string): Command {
  const command = new Command("serve").description("Serve a database to Milvus clients");
  for (const option of serveOptions()) command.addOption(option);
  return command
    .addHelpText("after", examples)
    .action((options: ServeOptions) => serve(options, rootPassword));
}

async function serve(options: ServeOptions, rootPassword: string | undefined): Promise<void> {
  const write = (text: string) => process.stderr.write(text);
  const log = options.json ? jsonLog(write, () => new Date()) : textLog(write);
  const server = await start(options, rootPassword, log);
  process.stdout.write(
    `${options.json ? readyJson(server, options) : readyText(server, options)}\n`,
  );
  warnOfOpenDoors(options, log);
  // Without TLS a hang-up of the terminal ends the process, as it does by default.
  if (options.tlsCert !== undefined) {
    process.on("SIGHUP", () => void renewTls(server, options, log));
  }
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const guard = setTimeout(() => {
    log.warn("the server did not close in time; its log has all writes");
    process.exit(1);
  }, closeMsMax);
  await server.close();
  clearTimeout(guard);
  process.removeAllListeners("SIGHUP");
}

async function start(
  options: ServeOptions,
  rootPassword: string | undefined,
  logger: ServeLog,
): Promise<RunningServer> {
  const { data, host, port, metricsPort, functionsPort, durability } = options;
  const tls = await readTls(options);
  const auth = await readAuth(options, rootPassword);
  const request: ServerOptions = {
    dataPath: data,
    host,
    port,
    metricsPort,
    durability,
    logger,
    ...(functionsPort === undefined ? {} : { functions: { port: functionsPort, embed } }),
    ...(tls === undefined ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
  };
  try {
    return await startServer(request);
  } catch (error) {
    if (error instanceof EngineError || error instanceof ServerError) {
      throw new UsageError(error.message, { cause: error });
    }
    if (error instanceof MilvusError) {
      throw new UsageError(`Cannot use root's password: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The model is loaded by the first text. */
async function embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
  const { embedText } = await import("@redkite/brain/text");
  return await embedText(texts);
}

/** New connections get the files as they are now; what is wrong with them leaves all as it was. */
async function renewTls(
  server: RunningServer,
  options: ServeOptions,
  log: ServeLog,
): Promise<void> {
  try {
    const tls = await readTls(options);
    if (tls === undefined) return;
    server.renewTls(tls);
    log.warn("the TLS files have been read again");
  } catch (error) {
    log.warn(`the TLS files stay as they were: ${messageOf(error)}`);
  }
}

function warnOfOpenDoors(options: ServeOptions, log: ServeLog): void {
  const { host, auth, tlsCert, functionsPort } = options;
  if (/^(127\.|::1$|localhost$)/.test(host)) return;
  if (functionsPort !== undefined) {
    log.warn(`whoever can reach the port of service functions on ${host} may search and insert`);
  }
  if (!auth) {
    log.warn(
      `whoever can reach ${host} may read and change everything; --auth lets nobody in unasked`,
    );
  } else if (tlsCert === undefined) {
    log.warn("passwords cross the network as they are; --tls-cert and --tls-key encrypt them");
  }
}

function readyText(server: RunningServer, { data }: ServeOptions): string {
  const { address, metricsAddress, functionsAddress, rootPassword } = server;
  const functions =
    functionsAddress === undefined ? "" : `service functions on ${functionsAddress}, `;
  const ready =
    `redkite ${version} is ready: gRPC and REST on ${address}, ` +
    `health and metrics on ${metricsAddress}, ${functions}data in ${data}`;
  if (rootPassword === undefined) return ready;
  return `${ready}\nThe password of root is ${rootPassword} (shown this once: keep it, or change it)`;
}

function readyJson(server: RunningServer, { data }: ServeOptions): string {
  const { address, port, metricsAddress, metricsPort, rootPassword } = server;
  const { functionsAddress, functionsPort } = server;
  return JSON.stringify({
    version,
    address,
    port,
    metricsAddress,
    metricsPort,
    functionsAddress,
    functionsPort,
    data,
    rootPassword,
  });
}
