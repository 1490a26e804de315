import { get } from "node:http";

/** Often, and oftener before the program is ready, so that nobody waits: an account asks every five seconds. */
const periodMs = 200;
const firstPeriodMs = 50;
const answerMsMax = 5_000;
/** So many failures in a row make a program that was ready unready. */
const failuresMax = 3;

/** Asks a program again and again whether it is ready: `GET path` has to answer 200. */
export class ReadinessProbe {
  readonly #port: number;
  readonly #path: string;
  #isReady = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
    this.#schedule();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#ask(), this.#isReady ? periodMs : firstPeriodMs);
    this.#timer.unref();
  }

  #ask(): void {
    const finish = (isReady: boolean): void => {
      if (this.#isStopped) return;
      this.#failures = isReady ? 0 : this.#failures + 1;
      this.#isReady = isReady || (this.#isReady && this.#failures < failuresMax);
      this.#schedule();
    };
    const request = get(
      { host: "127.0.0.1", port: this.#port, path: this.#path, timeout: answerMsMax, agent: false },
      (response) => {
        response.resume();
        finish(response.statusCode === 200);
      },
    );
    request.on("timeout", () => request.destroy(new Error("No answer")));
    request.once("error", () => finish(false));
  }
}
