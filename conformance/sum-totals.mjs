/**
 * Adds the totals of several runs to one closing line, `N passed, N failed`, after the name and the first lines of each
 * test that failed: the end of a long log is all that some readers get.
 *
 *   node conformance/sum-totals.mjs file...
 *
 * A file is Vitest's JSON report or {"passed", "failed"}; one that is not there is a run that broke, and counts as a
 * failure. Exits with 1 when anything failed.
 */
import { existsSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** How much of a failure's message is repeated. */
const shownLines = 12;

function totalsIn(file) {
  if (!existsSync(file)) {
    return { passed: 0, failed: 1, failures: [`${file} was not written: its run broke off`] };
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (report.numTotalTests === undefined) return { ...report, failures: [] };
  const failures = report.testResults.flatMap(failuresOf);
  const failed = report.numFailedTests;
  const { numPassedTests: passed } = report;
  if (report.success || failed > 0) return { passed, failed, failures };
  // A file that does not even load, or an error that no test awaited, fails a run without a failed test.
  if (failures.length === 0)
    failures.push("FAILED An error outside of all tests: Vitest's summary above tells it");
  return { passed, failed: 1, failures };
}

function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (status === "failed" && failed.length === 0) return [failure(name, "does not run", message)];
  return failed.map((test) => failure(name, test.fullName, test.failureMessages.join("\n")));
}

function failure(file, test, message = "") {
  const lines = stripVTControlCharacters(message).split("\n").slice(0, shownLines);
  return [`FAILED ${file}: ${test}`, ...lines.map((line) => `    ${line}`)].join("\n");
}

const all = process.argv.slice(2).map(totalsIn);
for (const { failures } of all) for (const text of failures) process.stdout.write(`${text}\n`);
const passed = all.reduce((sum, totals) => sum + totals.passed, 0);
const failed = all.reduce((sum, totals) => sum + totals.failed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
