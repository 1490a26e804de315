import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as it is built here. */
export const builtProgram = fileURLToPath(new URL("../../bin/redkite.js", import.meta.url));

/** An empty folder in which `redkite snowpark` is run as a user would: each command a process of its own. */
export class SimulatedFolder {
  readonly path: string;
  /** The version of the command that is run. */
  program: string = builtProgram;
  readonly #children: ChildProcess[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<SimulatedFolder> {
    return new SimulatedFolder(await mkdtemp(join(tmpdir(), "redkite-snowpark-")));
  }

  /** Ends what runs, and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    const stopped = await this.run("simulate", "--stop");
    if (stopped.code !== 0) await this.#killSimulator();
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<Ended> {
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [this.program, "snowpark", ...args],
        { cwd: this.path, env: this.#environment(), maxBuffer: 1 << 26 },
        (error, stdout, stderr) => {
          resolve({
            code: typeof error?.code === "number" ? error.code : error ? -1 : 0,
            stdout,
            stderr,
          });
        },
      );
    });
  }

  /** Runs a command that is to succeed; its output. */
  async done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Begins a command that goes on. */
  start(stdout: "ignore" | "pipe", stderr: "inherit" | "pipe", ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, [this.program, "snowpark", ...args], {
      cwd: this.path,
      env: this.#environment(),
      stdio: ["ignore", stdout, stderr],
    });
    this.#children.push(child);
    return child;
  }

  /** `redkite snowpark proxy`, by whose address any client of REST works. */
  async startProxy(...options: string[]): Promise<RunningProxy> {
    const args = ["proxy", "--simulate", "--port", "0", "--json", ...options];
    const proxy = this.start("pipe", "inherit", ...args);
    if (proxy.stdout === null) throw new Error("The proxy has no output");
    const [line] = await once(createInterface({ input: proxy.stdout }), "line");
    return {
      address: JSON.parse(line).address,
      async stop() {
        proxy.kill("SIGINT");
        const [code] = await once(proxy, "exit");
        if (code !== 0) throw new Error(`The proxy ended with ${code}`);
      },
    };
  }

  async simulator(): Promise<{ pid: number; port: number }> {
    const file = join(this.path, ".snowpark-simulator", "simulator.json");
    return JSON.parse(await readFile(file, "utf8"));
  }

  readonly #environment = () => ({ ...process.env, REDKITE_HOME: join(this.path, "home") });

  /** For a command that fails so early that it can't end what it began. */
  async #killSimulator(): Promise<void> {
    try {
      process.kill((await this.simulator()).pid);
    } catch {
      // It has ended by itself, or never began.
    }
  }
}

export interface RunningProxy {
  readonly address: string;
  stop(): Promise<void>;
}

/** Asks the database behind a proxy. */
export async function post(address: string, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${address}/v2/vectordb/${path}`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return await answer.json();
}
