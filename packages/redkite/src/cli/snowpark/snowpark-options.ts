import { type Command, Option } from "commander";
import { UsageError } from "../../usage-error.ts";

/** What every command on a deployment takes. */
export interface SnowparkOptions {
  readonly config?: string;
  readonly connection?: string;
  readonly json?: true;
  readonly simulate?: true;
  /** A file that statements and their answers are added to. */
  readonly record?: string;
}

/** Adds the options that every command on a deployment takes. */
export function withSnowparkOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--config <file>", "the deployment's file").default(
        undefined,
        "./snowpark.yaml, where there is one",
      ),
    )
    .option("--connection <name>", "the connection to use: a name in connections.toml")
    .option("--simulate", "work on a simulated account, kept in ./.snowpark-simulator")
    .option("--record <file>", "add every statement and its answer to a file, without secrets")
    .addOption(jsonOption());
}

export function jsonOption(): Option {
  return new Option("--json", "print JSON");
}

export function yesOption(): Option {
  return new Option("-y, --yes", "do it without asking");
}

/** A container engine that builds and pushes, in place of this program. */
export function engineOption(): Option {
  return new Option("--with <engine>", "have a container engine build and push them").choices([
    "docker",
    "podman",
  ]);
}

/** Another command on the same deployment, as it is typed: with the options by which this one found it. */
export function commandLine(
  words: string,
  { simulate, config, connection }: Pick<SnowparkOptions, "simulate" | "config" | "connection">,
): string {
  return [
    `redkite snowpark ${words}`,
    ...(config === undefined ? [] : [`--config ${shellWord(config)}`]),
    ...(connection === undefined ? [] : [`--connection ${shellWord(connection)}`]),
    ...(simulate === true ? ["--simulate"] : []),
  ].join(" ");
}

function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The package, loaded when a command runs: `redkite --help` need not wait for it. */
export async function loadSnowpark(): Promise<typeof import("@redkite/snowpark")> {
  return await import("@redkite/snowpark");
}

/** An option that is a whole number. */
export function wholeNumber(
  flags: string,
  description: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): Option {
  return new Option(flags, description).argParser((text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    const name = /--[\w-]+/.exec(flags)?.[0] ?? flags;
    throw new UsageError(`${name} takes a whole number from ${min} to ${max}, not "${text}"`);
  });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}
