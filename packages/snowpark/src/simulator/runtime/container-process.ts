import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import type { LogLines } from "./log-lines.ts";

/** A command line with all that belongs to it. */
export interface ProcessStart {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

/**
 * Runs a program so that it never outlives this process: a watcher in its process group waits for the end of a pipe that
 * this process holds, and ends the group then, even after `kill -9`. The program itself takes the place of the shell, so
 * signals reach it.
 */
const watched = `exec 3<&0
( trap '' TERM; cat <&3; kill -TERM 0; n=0
  while kill -0 $$ && [ $n -lt 30 ]; do sleep 1; n=$((n + 1)); done
  kill -KILL 0 ) >/dev/null 2>&1 &
exec "$@" 3<&- </dev/null`;

/** How long a program has to end after SIGTERM, as in an account. */
const graceMs = 30_000;

/** A running program with its process group. */
export class ContainerProcess {
  /** Settles when the program has ended, with its exit code, or 128 and the signal's number. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor({ argv, env, folder }: ProcessStart, lines: LogLines) {
    this.#child = spawn("/bin/sh", ["-c", watched, "container", ...argv], {
      cwd: folder,
      env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => lines.write(text));
    }
    // The pipe breaks when the group ends first.
    this.#child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => {
        lines.write(`${error.message}\n`);
        resolve(127);
      });
      this.#child.once("exit", (code, signal) => {
        this.#signalGroup("SIGKILL");
        resolve(code ?? 128 + signalNumber(signal));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** SIGTERM, and SIGKILL for the whole group when the program is still there after 30 seconds. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#signalGroup("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#signalGroup("SIGKILL");
  }

  /** A container's end is the end of all its processes. */
  #signalGroup(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === "SIGKILL" ? 9 : signal === "SIGTERM" ? 15 : 0;
}
