import { resolve } from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "../../usage-error.ts";
import type { AccountRunner } from "./account-runner.ts";
import { simulatorFolder } from "./open-account.ts";
import { jsonOption, loadSnowpark, print, printJson, wholeNumber } from "./snowpark-options.ts";

interface SimulateOptions {
  readonly folder: string;
  readonly port?: number;
  readonly behaviour?: "2024" | "2026";
  readonly stop?: true;
  readonly json?: true;
}

const examples = `
Examples:
  $ redkite snowpark simulate                  until Ctrl-C; prints the connection to use
  $ redkite snowpark simulate --port 4711 --behaviour 2024
  $ redkite snowpark simulate --stop           end the one that --simulate started

Put what it prints into connections.toml, and snow, the drivers and this command
connect to it with --connection simulator.`;

/** `redkite snowpark simulate`: a simulated account in the foreground. */
export function simulateCommand(runner: AccountRunner): Command {
  return new Command("simulate")
    .description("Run a simulated account on this machine, for any client of Snowflake")
    .option("--folder <folder>", "where its state is kept", simulatorFolder)
    .addOption(
      wholeNumber("--port <number>", "the port of 127.0.0.1; 0 takes a free one", {
        max: 65_535,
      }).default(undefined, "the one that the folder had before"),
    )
    .addOption(
      new Option(
        "--behaviour <year>",
        "what it does as Snowflake did: before or after the changes of 2024 to 2026",
      ).choices(["2024", "2026"]),
    )
    .option("--stop", "end the simulator that runs on the folder")
    .addOption(jsonOption())
    .addHelpText("after", examples)
    .action((options: SimulateOptions) =>
      runner.interruptibly(options, (signal) =>
        options.stop === true ? stop(options) : serve(options, signal, runner),
      ),
    );
}

async function serve(
  { folder, port, behaviour, json }: SimulateOptions,
  signal: AbortSignal,
  { environment }: AccountRunner,
): Promise<void> {
  const { startSimulator, connectionSection } = await loadSnowpark();
  const simulator = await startSimulator({
    folder: resolve(folder),
    ...(port === undefined ? {} : { port }),
    ...(behaviour === undefined ? {} : { behaviour }),
    machine: { now: Date.now, path: environment["PATH"] ?? "" },
  });
  const { account, port: openPort } = simulator;
  if (json === true) print(JSON.stringify({ account, port: openPort, pid: process.pid }));
  else {
    print(connectionSection({ account, port: openPort }).trimEnd());
    print(
      `\n# ${account} is simulated on 127.0.0.1:${openPort} until Ctrl-C; its state is in ${folder}`,
    );
  }
  if (signal.aborted) await simulator.stop();
  else signal.addEventListener("abort", () => void simulator.stop(), { once: true });
  await simulator.stopped;
}

async function stop({ folder, json }: SimulateOptions): Promise<void> {
  const { stopSimulatorInBackground } = await loadSnowpark();
  const wasRunning = await stopSimulatorInBackground(folder);
  if (!wasRunning) throw new UsageError(`No simulator runs on ${folder}`);
  if (json === true) printJson({ stopped: folder });
  else print("The simulator is stopped; its state stays");
}
