import { access, constants, open } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import type { HostPaths } from "./host-paths.ts";

/** What the search for a program needs to know of the machine. */
export interface Machine {
  /** Node's executable, for whatever a container calls `node`. */
  readonly nodePath: string;
  /** A folder with that executable under the name `node` and nothing else, for scripts that look for it in `PATH`. */
  readonly nodeFolder: string;
  /** Whether programs of linux/amd64 images can be run as they are. */
  readonly runsLinuxPrograms: boolean;
  /** `PATH`. */
  readonly path: string;
}

/** Interpreters that each machine has: the image's own would look for its libraries at places that are not there. */
const machineInterpreters = new Set(["sh", "bash", "dash", "env"]);

/** The first bytes of a file that tell a script. A line longer than this is no interpreter's. */
const shebangBytes = 256;
const interpretersMax = 4;

/**
 * The beginning of the command line by which a container's program runs on this machine:
 *
 * 1. whatever is called `node` is this process's own Node;
 * 2. a script of the image is run by its interpreter, found by these same rules;
 * 3. another program of the image is run as it is, on Linux on x86-64;
 * 4. otherwise the machine's own program of that name.
 *
 * Throws, with a message for the container's status, when there is none.
 */
export async function hostProgram(
  command: string | undefined,
  { paths, imagePath, machine }: { paths: HostPaths; imagePath: string; machine: Machine },
): Promise<string[]> {
  const search = async (program: string, depth: number): Promise<string[]> => {
    const name = basename(program);
    if (name === "node") return [machine.nodePath];
    const file = await inImage(program, { paths, imagePath });
    const isOwn = !machineInterpreters.has(name);
    if (file !== undefined && isOwn) {
      const interpreter = await interpreterOf(file);
      if (interpreter !== undefined && depth < interpretersMax) {
        const [first = "", ...rest] = interpreter;
        // `#!/usr/bin/env python3`: the name behind it is what is looked for.
        const [wanted = "", ...options] = basename(first) === "env" ? rest : interpreter;
        return [...(await search(wanted, depth + 1)), ...options, file];
      }
      if (machine.runsLinuxPrograms) return [file];
    }
    const own = await onMachine(name, machine.path);
    if (own !== undefined) return [own];
    throw new Error(
      file === undefined
        ? `Failed to start: ${program} is not in the image, and this machine has no program ${name} that could stand for it (the simulator runs containers as processes of this machine)`
        : `Failed to start: ${program} is a program for linux/amd64, which this machine cannot run, and it has no program ${name} of its own`,
    );
  };
  if (command !== undefined) return search(command, 0);
  throw new Error("Failed to start: neither the image nor the service names a command");
}

async function inImage(
  program: string,
  { paths, imagePath }: { paths: HostPaths; imagePath: string },
): Promise<string | undefined> {
  if (program.includes("/")) return paths.find(program.startsWith("/") ? program : `/${program}`);
  return firstExecutable(paths.programFolders(imagePath), program);
}

function onMachine(name: string, path: string): Promise<string | undefined> {
  return firstExecutable(path.split(delimiter), name);
}

async function firstExecutable(
  folders: readonly string[],
  name: string,
): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const isExecutable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return file;
  }
  return undefined;
}

async function interpreterOf(file: string): Promise<string[] | undefined> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(shebangBytes), 0, shebangBytes, 0);
    const [line = ""] = buffer.subarray(0, bytesRead).toString("utf8").split("\n");
    const [, command] = /^#!\s*(\S.*?)\s*$/.exec(line) ?? [];
    return command?.split(/\s+/).filter((word) => word !== "-S");
  } finally {
    await handle.close();
  }
}
