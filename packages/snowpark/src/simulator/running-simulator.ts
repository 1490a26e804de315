import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { isRecord, stringOf } from "./http/exchange.ts";

/** Where a simulator listens, as `simulator.json` in its folder says. */
export interface RunningSimulator {
  readonly pid: number;
  readonly port: number;
  /** `<organization>-<account>`. */
  readonly account: string;
}

/** The name of the file that tells where the simulator of a folder listens. */
export const addressFile = "simulator.json";

/** The simulator that runs on a folder, if there is one: it has to answer, and to be this folder's. */
export async function runningSimulator(folder: string): Promise<RunningSimulator | undefined> {
  const written = await readJson(join(folder, addressFile));
  const port = written?.["port"];
  if (written === undefined || typeof port !== "number") return undefined;
  const about = await ask(port);
  if (about === undefined || stringOf(about, "folder") !== (await realpath(folder))) {
    return undefined;
  }
  const { pid } = about;
  return {
    pid: typeof pid === "number" ? pid : 0,
    port,
    account: stringOf(about, "account") ?? "",
  };
}

async function ask(port: number): Promise<Record<string, unknown> | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/simulator`, {
      signal: AbortSignal.timeout(5_000),
    });
    const about: unknown = await response.json();
    return isRecord(about) ? about : undefined;
  } catch {
    // Nobody listens there any more, or somebody else.
    return undefined;
  }
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    // Not there, or a process that ended while it wrote it.
    return undefined;
  }
}
