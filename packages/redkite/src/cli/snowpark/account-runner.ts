import { setTimeout as sleep } from "node:timers/promises";
import type { OperationContext } from "@redkite/snowpark";
import { UsageError } from "../../usage-error.ts";
import type { CommandContext } from "./command-context.ts";
import type { Environment } from "./environment.ts";
import { openAccount } from "./open-account.ts";
import { ProgressScreen } from "./progress-screen.ts";
import { loadSnowpark, printJson, type SnowparkOptions } from "./snowpark-options.ts";

/** What ends a command that was interrupted. */
const exitCodes: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Runs commands so that Ctrl-C stops them after what is under way, and failures are told with all that is known. */
export class AccountRunner {
  readonly environment: Environment;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Reads the configuration, signs in, works, and closes all at the end. A failure makes the exit code 1. */
  async onAccount(
    options: SnowparkOptions,
    work: (context: CommandContext) => Promise<void>,
  ): Promise<void> {
    await this.interruptibly(options, async (signal, screen) => {
      const snowpark = await loadSnowpark();
      const { environment } = this;
      const tell = (text: string) => screen.tell(text);
      const account = await openAccount(snowpark, options, { environment, tell });
      const { config, session, rootPassword, fetch } = account;
      const operation: OperationContext = {
        config,
        session,
        clock: { now: Date.now, sleep: abortableSleep },
        signal,
        progress: (event) => screen.show(event),
      };
      try {
        await work({
          snowpark,
          environment,
          options,
          config,
          session,
          fetch,
          operation,
          rootPassword,
          screen,
          signal,
        });
      } finally {
        await account.close();
      }
    });
  }

  /** Runs what Ctrl-C may stop. */
  async interruptibly(
    { json }: Pick<SnowparkOptions, "json">,
    work: (signal: AbortSignal, screen: ProgressScreen) => Promise<void>,
  ): Promise<void> {
    const stop = new AbortController();
    const screen = new ProgressScreen(process.stderr, Date.now);
    const interrupt = (signal: NodeJS.Signals): void => {
      // The first asks; whoever asks twice means it.
      if (stop.signal.aborted) process.exit(exitCodes[signal] ?? 1);
      screen.tell("Stopping after what is under way; Ctrl-C again quits at once");
      stop.abort(signal);
    };
    process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
    try {
      await work(stop.signal, screen);
    } catch (error) {
      screen.close();
      await report(error, json === true, stop.signal);
    } finally {
      screen.close();
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    }
  }
}

async function report(error: unknown, asJson: boolean, signal: AbortSignal): Promise<void> {
  const { failureReport, failureText, SnowparkError } = await loadSnowpark();
  const isOurs = error instanceof SnowparkError;
  if (signal.aborted && (isAbort(error) || (isOurs && error.code === "cancelled"))) {
    process.stderr.write(`redkite: ${stoppedText(error)}\n`);
    process.exitCode = exitCodes[String(signal.reason)] ?? 1;
    return;
  }
  if (isOurs) {
    if (asJson) printJson({ error: failureReport(error) });
    else process.stderr.write(`redkite: ${failureText(error)}\n`);
    process.exitCode = error.code === "invalid-configuration" ? 2 : 1;
  } else if (error instanceof UsageError && asJson) {
    printJson({ error: { code: "invalid-configuration", message: error.message } });
    process.exitCode = 2;
  } else if (isSystemError(error)) {
    // A full disk or a folder of somebody else's: its message names the call and the path.
    if (asJson) printJson({ error: { code: "unsupported", message: error.message } });
    else process.stderr.write(`redkite: ${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}

/** What the operating system refused, as Node tells it. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error && typeof error.syscall === "string";
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function stoppedText(error: unknown): string {
  const isTold = error instanceof Error && !isAbort(error);
  return `stopped: ${isTold ? error.message : "the same command goes on from here"}`;
}

function abortableSleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
}
