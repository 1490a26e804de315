/** Runs the scenario's steps with one client, and says of each what came of it. */
import { differences, errorDifferences } from "./comparison.mjs";
import { ClientError } from "./drivers/client-error.mjs";

/**
 * @typedef {object} Totals
 * @property {number} passed @property {number} failed @property {number} skipped
 *
 * @typedef {object} Connection
 * @property {string} address host:port, or the path of a database for the client in this process
 * @property {string} [token] user:password
 * @property {string} [caFile] the authority that signed the server's certificate; with it the connection is TLS
 * @property {string} [certFile] the client's own certificate, for mutual TLS
 * @property {string} [keyFile] and its key
 *
 * @typedef {object} Driver
 * @property {string} family
 * @property {(connection: Connection) => Promise<void>} connect
 * @property {(name: string, args: Record<string, any>) => Promise<any>} call
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Environment
 * @property {() => Promise<Connection>} start gives where to connect to
 * @property {(how: "stop" | "kill", driver: Driver) => Promise<Connection>} restart gives it anew
 * @property {(driver: Driver) => Promise<void>} end
 */

/**
 * @param {{environment: Environment, driver: Driver, steps: import("./scenario.mjs").Step[]}} run
 * @param {(line: string) => void} print
 * @returns {Promise<Totals>}
 */
export async function runScenario({ environment, driver, steps }, print) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  let chapter = "";
  try {
    await driver.connect(await environment.start());
    for (const step of steps) {
      if (step.chapter !== chapter) print(`  ${step.chapter}`);
      chapter = step.chapter;
      const { state, lines } = await outcome(step, environment, driver);
      totals[state] += 1;
      print(`    ${LABELS[state]} ${step.say}`);
      for (const line of lines) print(`             ${line}`);
    }
  } catch (error) {
    totals.failed += 1;
    print(`    FAILED  ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  } finally {
    await environment.end(driver);
  }
  return totals;
}

const LABELS = { passed: "ok     ", failed: "FAILED ", skipped: "skipped" };

async function outcome(step, environment, driver) {
  const reason = step.skip?.[driver.family];
  if (reason !== undefined) return { state: "skipped", lines: [reason] };
  if (step.restart !== undefined) {
    await driver.connect(await environment.restart(step.restart, driver));
    return { state: "passed", lines: [] };
  }
  const lines = await callDifferences(step, driver);
  if (lines.length === 0) return { state: "passed", lines };
  return { state: "failed", lines: [`${step.call} ${shortened(step.with)}`, ...lines] };
}

/** @param {import("./scenario.mjs").Step} step @param {Driver} driver */
async function callDifferences({ call, with: args, expect = {} }, driver) {
  try {
    const result = await driver.call(String(call), args ?? {});
    if (expect.error === undefined) return differences(expect, result);
    return [`expected the error ${JSON.stringify(expect.error)}, found ${shortened(result)}`];
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (expect.error !== undefined) return errorDifferences(expect.error, error, driver.family);
    return [`expected no error, found ${error.code ?? "the client's"}: ${error.message}`];
  }
}

function shortened(value) {
  const text = JSON.stringify(value) ?? "";
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
