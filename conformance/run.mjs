/**
 * Runs the scenario and FiftyOne's call sequence with each client.
 *
 *   node conformance/run.mjs                     all runners
 *   node conformance/run.mjs node-sdk            the named ones
 *   node conformance/run.mjs --address host:port the ones over gRPC, against a server that runs already
 *   node conformance/run.mjs --totals file       also writes {"passed", "failed", "skipped"} to the file
 *   node conformance/run.mjs --strict            a runner that cannot be asked here is a failure
 *
 * A runner that cannot be asked here (no Python, no network) is skipped otherwise, and its reason printed. Exits with
 * 1 when anything failed.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { NodeClientDriver } from "./drivers/node-client.mjs";
import { PYTHON_SETTINGS, PythonDriver } from "./drivers/python-process.mjs";
import { ForeignEnvironment, PathEnvironment, ServerEnvironment } from "./environments.mjs";
import { pythonWithPymilvus } from "./python-environment.mjs";
import { runScenario } from "./runner.mjs";
import { readScenario } from "./scenario.mjs";

/** The widespread line, and the last that has the older style. */
const PYMILVUS_VERSIONS = ["2.6.17", "3.0.2"];
const SEQUENCE = fileURLToPath(new URL("./python/fiftyone_sequence.py", import.meta.url));
const SEQUENCE_TIMEOUT_MS = 120_000;

/**
 * @typedef {object} Runner
 * @property {string} name
 * @property {string} about
 * @property {boolean} [inProcess]
 * @property {(environment: () => import("./runner.mjs").Environment) => Promise<import("./runner.mjs").Totals | {missing: string}>} run
 */

/** @returns {Runner[]} */
function runners() {
  const steps = readScenario();
  const scenario = async (environment, driver) =>
    await runScenario({ environment, driver, steps }, print);
  return [
    {
      name: "in-process",
      about: "MilvusClient of redkite on a local path",
      inProcess: true,
      run: async () => {
        const { MilvusClient } = await import("redkite");
        return await scenario(new PathEnvironment(), new NodeClientDriver(MilvusClient));
      },
    },
    {
      name: "node-sdk",
      about: "the official Node SDK over gRPC",
      run: async (environment) => {
        const { MilvusClient } = await import("@zilliz/milvus2-sdk-node");
        return await scenario(environment(), new NodeClientDriver(MilvusClient));
      },
    },
    ...PYMILVUS_VERSIONS.flatMap((version) => pythonRunners(version, scenario)),
  ];
}

function pythonRunners(version, scenario) {
  const line = version.slice(0, version.indexOf("."));
  const withPython = (work) => async (environment) => {
    const python = pythonWithPymilvus(version);
    return "missing" in python ? python : await work(python.interpreter, environment);
  };
  return [
    {
      name: `pymilvus-${line}-client`,
      about: `MilvusClient of pymilvus ${version} over gRPC`,
      run: withPython((python, environment) =>
        scenario(environment(), new PythonDriver(python, "pymilvus")),
      ),
    },
    {
      name: `pymilvus-${line}-orm`,
      about: `connections, Collection and utility of pymilvus ${version} over gRPC`,
      run: withPython((python, environment) =>
        scenario(environment(), new PythonDriver(python, "orm")),
      ),
    },
    {
      name: `fiftyone-${line}`,
      about: `the calls of FiftyOne's Milvus backend with pymilvus ${version}`,
      run: withPython((python, environment) => runSequence(python, environment())),
    },
  ];
}

/** The sequence is a program of its own: it prints its steps and ends with "N passed, N failed". */
async function runSequence(python, environment) {
  const nobody = { close: async () => {} };
  try {
    const address = await environment.start();
    const ended = await promisify(execFile)(python, [SEQUENCE, `http://${address}`], {
      timeout: SEQUENCE_TIMEOUT_MS,
      env: { ...process.env, ...PYTHON_SETTINGS },
    }).catch((error) => error);
    print(ended.stdout.trimEnd());
    const counts = /(\d+) passed, (\d+) failed\s*$/.exec(ended.stdout);
    if (counts !== null)
      return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: 0 };
    print(`    FAILED  the sequence did not reach its end:\n${ended.stderr ?? ended.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await environment.end(nobody);
  }
}

function print(line) {
  process.stdout.write(`${line}\n`);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      address: { type: "string" },
      totals: { type: "string" },
      strict: { type: "boolean", default: false },
    },
  });
  const chosen = chooseRunners(positionals, values.address);
  const environment = () =>
    values.address === undefined ? new ServerEnvironment() : new ForeignEnvironment(values.address);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const runner of chosen) {
    print(`\n${runner.name}: ${runner.about}`);
    const startedAt = performance.now();
    const result = await outcome(runner, environment);
    if ("missing" in result) {
      totals[values.strict ? "failed" : "skipped"] += 1;
      print(`  ${values.strict ? "FAILED" : "skipped"}: ${result.missing}`);
      continue;
    }
    for (const key of Object.keys(totals)) totals[key] += result[key];
    print(`  ${summary(result)} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }
  print(`\nconformance: ${summary(totals)}`);
  if (values.totals !== undefined) writeFileSync(values.totals, JSON.stringify(totals));
  if (totals.failed > 0) process.exitCode = 1;
}

/** A runner that cannot even begin is one failure, and the others still run. */
async function outcome(runner, environment) {
  try {
    return await runner.run(environment);
  } catch (error) {
    print(`  FAILED  ${error instanceof Error ? (error.stack ?? error.message) : error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function chooseRunners(names, address) {
  const all = runners().filter((runner) => address === undefined || !runner.inProcess);
  const unknown = names.filter((name) => !all.some((runner) => runner.name === name));
  if (unknown.length > 0) {
    const known = all.map((runner) => runner.name).join(", ");
    process.stderr.write(`No runner is called ${unknown.join(", ")}; there are ${known}\n`);
    process.exit(2);
  }
  return names.length === 0 ? all : all.filter((runner) => names.includes(runner.name));
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

await main();
