import { version } from "@redkite/milvus/server";
import { Command } from "commander";
import { datasetCommand } from "./dataset-command.ts";
import { serveCommand } from "./serve-command.ts";
import { similarityCommand } from "./similarity-command.ts";
import type { Environment } from "./snowpark/environment.ts";
import { snowparkCommand } from "./snowpark/snowpark-command.ts";

/** First arguments with which the demo can't be meant. */
const argumentsWithoutDemo: ReadonlySet<string> = new Set([
  "serve",
  "dataset",
  "similarity",
  "snowpark",
  "-v",
  "--version",
]);

/**
 * The `redkite` command, for the arguments given. Its parsing throws `CommanderError` where
 * commander would end the process.
 */
export async function createProgram(
  args: readonly string[],
  environment: Environment = {},
): Promise<Command> {
  const program = new Command("redkite")
    .description("Milvus for TypeScript: a vector database in your process, and on the wire")
    .version(version, "-v, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .helpCommand(false)
    .exitOverride()
    // Errors are written by main.ts, in one line.
    .configureOutput({ outputError: () => undefined });
  const commands = [
    serveCommand(environment["REDKITE_ROOT_PASSWORD"]),
    datasetCommand(),
    similarityCommand(),
    snowparkCommand(environment),
  ];
  // The demo brings Milvus's client with it: a second to load and 30 MB that a server needs not.
  if (!argumentsWithoutDemo.has(args[0])) {
    const { demoCommand } = await import("../demo/demo-command.ts");
    commands.push(demoCommand());
  }
  for (const command of commands) program.addCommand(inheritSettings(command, program));
  return program;
}

/** Gives a command and those under it the settings of the one above. */
function inheritSettings(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inheritSettings(child, command);
  return command;
}
