/** Where a runner's data live: in this process on a path, behind a `redkite serve` of ours, or behind another server. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "./certificates.mjs";

const REDKITE = fileURLToPath(new URL("../packages/redkite/bin/redkite.js", import.meta.url));
const READY_WITHIN_MS = 10_000;
/** What `redkite serve` promises after SIGTERM. */
const STOPPED_WITHIN_MS = 5_000;
/** Of the server that asks who is there. */
const ROOT_PASSWORD = "kite-and-falcon";

/** A folder that the client of this process opens itself. */
export class PathEnvironment {
  #folder = temporaryFolder();

  async start() {
    return { address: join(this.#folder, "conformance.db") };
  }

  /** @param {string} _how @param {import("./runner.mjs").Driver} driver */
  async restart(_how, driver) {
    await driver.close();
    return await this.start();
  }

  async end(driver) {
    await driver.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A `redkite serve` process, on a data folder that lasts over restarts. */
export class ServerEnvironment {
  #folder = temporaryFolder();
  /** @type {any} */
  #child = null;
  /** @type {string[]} */
  #options = [];
  #credentials = {};

  /**
   * @param {import("./runners.mjs").Security} [security] `password`: users, TLS, and `root` to connect as; `mutual`:
   *   clients show a certificate too
   */
  constructor(security = "none") {
    if (security !== "none") this.#secure(security === "mutual");
  }

  async start() {
    const data = join(this.#folder, "data");
    const ports = ["--port", "0", "--metrics-port", "0"];
    const child = spawn(
      process.execPath,
      [REDKITE, "serve", "--data", data, ...ports, "--json", ...this.#options],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    return { address: await readyAddress(child), ...this.#credentials };
  }

  #secure(isMutual) {
    const passwordFile = join(this.#folder, "root-password");
    writeFileSync(passwordFile, ROOT_PASSWORD);
    const { authority, server, client } = makeCertificates(this.#folder);
    const users = ["--auth", "--root-password-file", passwordFile];
    const tls = ["--tls-cert", server.cert, "--tls-key", server.key];
    this.#options = [...users, ...tls, ...(isMutual ? ["--tls-client-ca", authority] : [])];
    const own = isMutual ? { certFile: client.cert, keyFile: client.key } : {};
    this.#credentials = { token: `root:${ROOT_PASSWORD}`, caFile: authority, ...own };
  }

  /** @param {"stop" | "kill"} how */
  async restart(how) {
    await this.#stop(how);
    return await this.start();
  }

  async end(driver) {
    await driver.close();
    if (this.#child !== null && isRunning(this.#child)) await this.#stop("kill");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #stop(how) {
    const child = this.#child;
    const ended = new Promise((resolve) => child.once("close", resolve));
    const timer = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
    child.kill(how === "kill" ? "SIGKILL" : "SIGTERM");
    await ended;
    clearTimeout(timer);
    if (how === "stop" && child.exitCode !== 0) {
      const end = child.signalCode ?? `exit code ${child.exitCode}`;
      throw new Error(`The server should end with 0 within 5 s of SIGTERM, found ${end}`);
    }
  }
}

/** A server that somebody else runs: it is never restarted. */
export class ForeignEnvironment {
  #address;

  /** @param {string} address host:port */
  constructor(address) {
    this.#address = address;
  }

  async start() {
    return { address: this.#address };
  }

  async restart() {
    return await this.start();
  }

  async end(driver) {
    await driver.close();
  }
}

function temporaryFolder() {
  return mkdtempSync(join(tmpdir(), "redkite-conformance-"));
}

function isRunning(child) {
  return child.exitCode === null && child.signalCode === null;
}

async function readyAddress(child) {
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr = (stderr + text).slice(-4_000);
  });
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`redkite serve was not ready within ${READY_WITHIN_MS} ms:\n${stderr}`));
    }, READY_WITHIN_MS);
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new Error(`redkite serve ended with ${code} before it was ready:\n${stderr}`));
    });
    createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line).address);
    });
  });
}
