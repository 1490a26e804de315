import { InvalidArgumentError, Option } from "commander";

/** What `redkite serve` is told, by options or by the variables that stand for them. */
export interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly functionsPort?: number;
  readonly durability: "fsync" | "os";
  readonly auth: boolean;
  readonly rootPasswordFile?: string;
  readonly resetRootPassword?: true;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly json: boolean;
}

/** The options of `redkite serve`, in the order of its help. */
export function serveOptions(): readonly Option[] {
  return [
    new Option("--data <folder>", "the folder of the database, made when it is not there")
      .default("./data")
      .env("REDKITE_DATA"),
    new Option("--host <address>", "the address to listen on; 0.0.0.0 is all")
      .default("127.0.0.1")
      .env("REDKITE_HOST"),
    portOption("--port <number>", "the port for gRPC and REST; 0 takes a free one", 19530).env(
      "REDKITE_PORT",
    ),
    portOption(
      "--metrics-port <number>",
      "the port for /healthz and /metrics; 0 likewise",
      9091,
    ).env("REDKITE_METRICS_PORT"),
    new Option(
      "--functions-port <number>",
      "a port for Snowflake's service functions, which sign in nobody; none unless given",
    )
      .argParser(parsePort)
      .env("REDKITE_FUNCTIONS_PORT"),
    new Option(
      "--durability <when>",
      "acknowledge writes once on disk, or once the system has them",
    )
      .choices(["fsync", "os"])
      .default("fsync")
      .env("REDKITE_DURABILITY"),
    switchOption("--auth [on|off]", "whether clients must sign in").env("REDKITE_AUTH"),
    new Option(
      "--root-password-file <file>",
      "root's first password; else REDKITE_ROOT_PASSWORD, else one is made up and shown",
    ).env("REDKITE_ROOT_PASSWORD_FILE"),
    new Option("--reset-root-password", "give root that password though there is one already"),
    new Option(
      "--tls-cert <file>",
      "the certificate to show, in PEM; then TLS is all that is spoken",
    ).env("REDKITE_TLS_CERT"),
    new Option("--tls-key <file>", "the certificate's private key, in PEM").env("REDKITE_TLS_KEY"),
    new Option(
      "--tls-client-ca <file>",
      "who vouches for clients, in PEM: those without a certificate are refused",
    ).env("REDKITE_TLS_CLIENT_CA"),
    switchOption(
      "--json [on|off]",
      "write logs, and that the server is ready, as lines of JSON",
    ).env("REDKITE_JSON"),
  ];
}

function portOption(flags: string, description: string, port: number): Option {
  return new Option(flags, description).default(port).argParser(parsePort);
}

/** On when given alone. A variable's value is looked at too: `REDKITE_AUTH=off` is off. */
function switchOption(flags: string, description: string): Option {
  return new Option(flags, description).default(false, "off").preset("on").argParser(parseSwitch);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError("Give a whole number from 0 to 65535.");
  }
  return port;
}

function parseSwitch(text: string): boolean {
  if (/^(on|true|yes|1)$/i.test(text)) return true;
  if (/^(off|false|no|0|)$/i.test(text)) return false;
  throw new InvalidArgumentError("Give on or off.");
}
