/**
 * Runs real clients: the scenario, the application, stores and call sequences.
 *
 *   node conformance/run.mjs                     all runners
 *   node conformance/run.mjs node-sdk go         those whose names hold one of the words
 *   node conformance/run.mjs --address host:port the ones over gRPC, against a server that runs already
 *   node conformance/run.mjs --totals file       also writes {"passed", "failed", "skipped"} to the file
 *   node conformance/run.mjs --strict            a runner that cannot be asked here is a failure
 *
 * A runner that cannot be asked here (no Python, no network) is skipped otherwise, and its reason printed. Exits with
 * 1 when anything failed.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ForeignEnvironment, ServerEnvironment } from "./environments.mjs";
import { allRunners } from "./runners.mjs";

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
  const environmentOf =
    ({ security }) =>
    () =>
      values.address === undefined
        ? new ServerEnvironment(security)
        : new ForeignEnvironment(values.address);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const runner of chosen) {
    print(`\n${runner.name}: ${runner.about}`);
    const startedAt = performance.now();
    const result = await outcome(runner, environmentOf(runner));
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

function chooseRunners(words, address) {
  const all = allRunners(print).filter(
    (runner) => address === undefined || (!runner.inProcess && runner.security === undefined),
  );
  const unknown = words.filter((word) => !all.some((runner) => runner.name.includes(word)));
  if (unknown.length > 0) {
    const known = all.map((runner) => runner.name).join(", ");
    process.stderr.write(`No runner's name holds ${unknown.join(", ")}; there are ${known}\n`);
    process.exit(2);
  }
  if (words.length === 0) return all;
  // A whole name means that runner alone, though the names of others may hold it.
  const whole = new Set(all.map(({ name }) => name));
  return all.filter(({ name }) =>
    words.some((word) => (whole.has(word) ? name === word : name.includes(word))),
  );
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

await main();
