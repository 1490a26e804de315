import { SnowparkError } from "../base/snowpark-error.ts";
import { failureText } from "../operations/failure-report.ts";
import { startSimulator } from "./simulator.ts";

/** The program of a simulator in the background: `simulator-process.js FOLDER`. */
async function main(): Promise<void> {
  const [, , folder] = process.argv;
  if (folder === undefined) throw new Error("usage: simulator-process.js FOLDER");
  const simulator = await startSimulator({
    folder,
    machine: {
      now: Date.now,
      // biome-ignore lint/style/noProcessEnv: the entry of a program is where the environment comes in
      path: process.env["PATH"] ?? "",
    },
  });
  const stop = (): void => {
    simulator.stop().catch(fail);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  await simulator.stopped;
}

function fail(error: unknown): void {
  process.stderr.write(`${textOf(error)}\n`);
  process.exitCode = 1;
}

/** Who started this is shown the last lines: what is known needs no stack. */
function textOf(error: unknown): unknown {
  if (error instanceof SnowparkError) return failureText(error);
  return error instanceof Error ? (error.stack ?? error.message) : error;
}

main().catch(fail);
