/**
 * The scenario's calls made with pymilvus, in a Python process that reads one call a line and answers one result a line
 * (python/driver.py).
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { PYTHON_SETTINGS } from "../python-environment.mjs";
import { ClientError } from "./client-error.mjs";

/** pymilvus retries an escaped exception for minutes: an answer that takes longer than this is a failure. */
const CALL_TIMEOUT_MS = 30_000;
const SCRIPT = fileURLToPath(new URL("../python/driver.py", import.meta.url));

export class PythonDriver {
  family;
  #interpreter;
  /** @type {import("node:child_process").ChildProcessWithoutNullStreams | null} */
  #child = null;
  /** @type {{resolve: (line: string) => void, reject: (error: Error) => void} | null} */
  #waiting = null;
  #stderr = "";

  /** @param {string} interpreter @param {"pymilvus" | "orm"} family which of pymilvus's two styles to speak */
  constructor(interpreter, family) {
    this.#interpreter = interpreter;
    this.family = family;
  }

  /** @param {import("../runner.mjs").Connection} connection */
  async connect(connection) {
    if (this.#child === null) this.#start();
    await this.#request("connect", connection);
  }

  async close() {
    if (this.#child === null) return;
    const child = this.#child;
    this.#child = null;
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) {
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await new Promise((resolve) => child.once("close", resolve));
      clearTimeout(timer);
    }
  }

  /** @param {string} name @param {Record<string, any>} args */
  async call(name, args) {
    return await this.#request(name, args);
  }

  #start() {
    const child = spawn(this.#interpreter, [SCRIPT, this.family], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...PYTHON_SETTINGS },
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-4_000);
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#waiting?.resolve(line));
    child.on("error", (error) => this.#waiting?.reject(error));
    child.on("close", () => {
      this.#waiting?.reject(new Error(`The Python driver ended:\n${this.#stderr}`));
    });
    this.#child = child;
  }

  async #request(name, args) {
    const answer = JSON.parse(await this.#line(name, args));
    if (answer.error === undefined) return answer.result;
    throw new ClientError(answer.error.code, answer.error.text);
  }

  async #line(name, args) {
    const child = this.#child;
    if (child === null) throw new Error("The Python driver is not running");
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => {
          child.kill("SIGKILL");
          reject(new Error(`No answer to "${name}" within ${CALL_TIMEOUT_MS} ms`));
        }, CALL_TIMEOUT_MS);
        child.stdin.write(`${JSON.stringify({ call: name, with: args })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }
}
