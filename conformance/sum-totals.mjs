/**
 * Adds the totals of several runs to one closing line, `N passed, N failed`.
 *
 *   node conformance/sum-totals.mjs file...
 *
 * A file is Vitest's JSON report or {"passed", "failed"}; one that is not there is a run that broke, and counts as a
 * failure. Exits with 1 when anything failed.
 */
import { existsSync, readFileSync } from "node:fs";

function totalsIn(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (report.numTotalTests === undefined) return report;
  const failed = report.numFailedTests;
  // A test file that does not even load has no failed tests, but the report is no success.
  return { passed: report.numPassedTests, failed: report.success || failed > 0 ? failed : 1 };
}

const all = process.argv.slice(2).map(totalsIn);
const passed = all.reduce((sum, totals) => sum + totals.passed, 0);
const failed = all.reduce((sum, totals) => sum + totals.failed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
