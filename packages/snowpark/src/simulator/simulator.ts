import { mkdir, realpath } from "node:fs/promises";
import type { Simulator, SimulatorOptions } from "./simulator-options.ts";
import { SimulatorParts } from "./simulator-parts.ts";
import { SimulatorServer } from "./simulator-server.ts";
import { readKeptState } from "./state/kept-state.ts";
import { StateFolder } from "./state/state-folder.ts";

/**
 * Starts a simulated account in a folder.
 *
 * @throws SnowparkError `unsupported` when another simulator has the folder, or its state cannot be read.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  // Secrets, volumes and stages are nobody else's on this machine.
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const path = await realpath(options.folder);
  let parts: SimulatorParts | undefined;
  const { folder, state } = await StateFolder.open(path, {
    pid: process.pid,
    serialise: () => parts?.kept(),
  });
  const server = new SimulatorServer(options.report ?? (() => undefined));
  try {
    const kept = readKeptState(state);
    const port = await server.listen(options.port ?? kept?.port ?? 0, options.port === undefined);
    parts = await SimulatorParts.assemble({ options, folder, server, port, kept });
    await parts.begin();
    return parts;
  } catch (error) {
    // Its containers may be running already.
    if (parts !== undefined) await parts.stop();
    else await Promise.all([server.close(), folder.close()]);
    throw error;
  }
}
