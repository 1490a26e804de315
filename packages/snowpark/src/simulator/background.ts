import { spawn } from "node:child_process";
import { access, mkdir, open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { ConnectionSettings } from "../config/connection-settings.ts";
import { type RunningSimulator, runningSimulator } from "./running-simulator.ts";
import { simulatorConnection } from "./simulator-connection.ts";

const startMsMax = 20_000;
/** Containers have 30 seconds to end. */
const stopMsMax = 40_000;
const pollMs = 50;
const shownLines = 5;

/**
 * The connection to the simulator of a folder, which is started as a process of its own when it does not run. It goes
 * on when this process ends, until {@link stopSimulatorInBackground}.
 *
 * @throws SnowparkError `unsupported` when it does not start, with the last lines that it wrote.
 */
export async function simulatorInBackground(folder: string): Promise<ConnectionSettings> {
  const path = resolve(folder);
  const running = (await runningSimulator(path)) ?? (await start(path));
  return simulatorConnection({ account: running.account, port: running.port });
}

/** Ends the simulator of a folder and waits until it is gone. `false` when none was running. */
export async function stopSimulatorInBackground(folder: string): Promise<boolean> {
  const path = resolve(folder);
  const running = await runningSimulator(path);
  if (running === undefined) return false;
  await askToStop(running.port);
  // It gives the folder back last, when its containers have ended.
  const isGone = await until(stopMsMax, () =>
    access(join(path, "lock")).then(
      () => false,
      () => true,
    ),
  );
  if (isGone === undefined) {
    throw new SnowparkError("unsupported", `The simulator (process ${running.pid}) does not end`);
  }
  return true;
}

/** What ends may do so before it has answered: whether it has ended is looked at afterwards. */
async function askToStop(port: number): Promise<void> {
  await fetch(`http://127.0.0.1:${port}/simulator/stop`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  })
    .then((response) => response.text())
    .catch(() => undefined);
}

async function start(folder: string): Promise<RunningSimulator> {
  await mkdir(join(folder, "logs"), { recursive: true, mode: 0o700 });
  const logFile = join(folder, "logs", "simulator.log");
  const log = await open(logFile, "w");
  const child = spawn(process.execPath, [entryPath(), folder], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let hasEnded = false;
  child.once("error", () => {
    hasEnded = true;
  });
  child.once("exit", () => {
    hasEnded = true;
  });
  child.unref();
  await log.close();
  const running = await until(startMsMax, async () => {
    const found = await runningSimulator(folder);
    if (found === undefined && hasEnded) return "ended";
    return found;
  });
  if (running !== undefined && running !== "ended") return running;
  // Another process may have been quicker to start one.
  const other = await runningSimulator(folder);
  if (other !== undefined) return other;
  throw new SnowparkError("unsupported", `The simulator in ${folder} does not start`, {
    logLines: await lastLines(logFile),
    remedy: `Its log is ${logFile}.`,
  });
}

/** The first value that is neither `undefined` nor `false`, or `undefined` after that many milliseconds. */
async function until<T>(
  milliseconds: number,
  look: () => Promise<T | undefined | false>,
): Promise<T | undefined> {
  for (let waited = 0; waited < milliseconds; waited += pollMs) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(pollMs);
  }
  return undefined;
}

async function lastLines(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-shownLines);
}

/** Node 20 cannot run TypeScript: as a source, this module starts the built file of the same name. */
function entryPath(): string {
  const entry = import.meta.url.endsWith(".ts")
    ? new URL("../../dist/simulator/simulator-process.js", import.meta.url)
    : new URL("./simulator-process.js", import.meta.url);
  return fileURLToPath(entry);
}
