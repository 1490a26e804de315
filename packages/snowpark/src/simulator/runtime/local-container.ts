import type { ContainerStatus, LogLine } from "../account/surroundings.ts";
import { ContainerProcess, type ProcessStart } from "./container-process.ts";
import { LogLines } from "./log-lines.ts";
import { ReadinessProbe } from "./readiness-probe.ts";

export interface LocalContainerOptions {
  /** Looked up at each start: addresses of other services may have changed. */
  readonly prepare: () => Promise<ProcessStart>;
  /** The local port and path that say whether it is ready. Without: it is as soon as it runs. */
  readonly probe:
    | { readonly port: number; readonly path: string; readonly shown: string }
    | undefined;
  /** Whether it is started again when it ends. */
  readonly restarts: boolean;
  readonly firstDelayMs: number;
  readonly now: () => number;
}

const delayMsMax = 60_000;

/** A container as a process of this machine: started, probed, started again with growing delays, stopped. */
export class LocalContainer {
  readonly #options: LocalContainerOptions;
  readonly #lines: LogLines;
  #process: ContainerProcess | undefined;
  #probe: ReadinessProbe | undefined;
  #timer: NodeJS.Timeout | undefined;
  #restartCount = 0;
  #lastExitCode: number | undefined;
  #hasEnded = false;
  #isStopped = false;
  /** What writes the container's folders is waited for before they go. */
  #starting: Promise<void> | undefined;

  constructor(options: LocalContainerOptions) {
    this.#options = options;
    this.#lines = new LogLines(options.now);
  }

  /** Rejects when there is nothing that could be run. */
  async start(): Promise<void> {
    this.#starting = this.#startProcess();
    await this.#starting;
  }

  async #startProcess(): Promise<void> {
    const start = await this.#options.prepare();
    if (this.#isStopped) return;
    const running = new ContainerProcess(start, this.#lines);
    this.#process = running;
    const { probe } = this.#options;
    if (probe !== undefined) this.#probe = new ReadinessProbe(probe.port, probe.path);
    void running.ended.then((exitCode) => this.#ended(exitCode));
  }

  get status(): ContainerStatus {
    const restartCount = this.#restartCount;
    const exitCode = this.#lastExitCode;
    if (this.#hasEnded && exitCode !== undefined) {
      return { isReady: false, exitCode, restartCount };
    }
    if (this.#process === undefined) {
      const message = `Container finished with exit code ${exitCode} and is started again`;
      return { isReady: false, restartCount, ...(exitCode === undefined ? {} : { message }) };
    }
    if (this.#probe === undefined || this.#probe.isReady) return { isReady: true, restartCount };
    const message = `Readiness probe is failing at ${this.#options.probe?.shown}`;
    return { isReady: false, restartCount, message };
  }

  logs(isPrevious: boolean): readonly LogLine[] {
    return isPrevious ? this.#lines.previous : this.#lines.current;
  }

  /** SIGKILL, as when a node fails: a service's container is started again. */
  kill(): void {
    this.#process?.kill();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#starting?.catch(() => undefined);
    this.#probe?.stop();
    await this.#process?.stop();
  }

  #ended(exitCode: number): void {
    this.#probe?.stop();
    this.#probe = undefined;
    this.#process = undefined;
    this.#lastExitCode = exitCode;
    if (this.#isStopped || !this.#options.restarts) {
      this.#hasEnded = true;
      return;
    }
    const delayMs = Math.min(this.#options.firstDelayMs * 2 ** this.#restartCount, delayMsMax);
    this.#timer = setTimeout(() => this.#restart(), delayMs);
  }

  #restart(): void {
    this.#restartCount += 1;
    this.#lines.restart();
    this.start().catch((error: unknown) => {
      this.#lines.write(`${error instanceof Error ? error.message : String(error)}\n`);
      this.#ended(127);
    });
  }
}
