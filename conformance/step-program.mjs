/** Runs programs that print their steps and end with "N passed, N failed". */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const PROGRAM_TIMEOUT_MS = 180_000;
const SHOWN_STDERR = 4_000;

/**
 * @typedef {object} Program what to start; its last argument is the connection as JSON
 * @property {string} command
 * @property {string[]} [args]
 * @property {Record<string, string>} [env] added to this process's
 */

/**
 * @param {Program} program @param {import("./runner.mjs").Connection} connection
 * @returns {Promise<{stdout: string, problem: string}>} what it printed, and why it ended unless it ended well
 */
export async function ranProgram({ command, args = [], env = {} }, connection) {
  const started = promisify(execFile)(command, [...args, JSON.stringify(connection)], {
    timeout: PROGRAM_TIMEOUT_MS,
    env: { ...process.env, ...env, ...authorities(connection) },
  });
  return await started.then(
    ({ stdout }) => ({ stdout, problem: "" }),
    (error) => ({
      stdout: error.stdout,
      problem: (error.stderr || error.message).slice(-SHOWN_STDERR),
    }),
  );
}

/** Some clients have no parameter for an authority of one's own: Node's `fetch` and the Go SDK ask the environment. */
function authorities({ caFile }) {
  return caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile, SSL_CERT_FILE: caFile };
}

/**
 * @param {import("./runner.mjs").Environment} environment @param {Program} program
 * @param {(line: string) => void} print
 * @returns {Promise<import("./runner.mjs").Totals>}
 */
export async function runStepProgram(environment, program, print) {
  const nobody = { close: async () => {} };
  try {
    const { stdout, problem } = await ranProgram(program, await environment.start());
    print(stdout.trimEnd());
    const counts = /(\d+) passed, (\d+) failed\s*$/.exec(stdout);
    if (counts !== null)
      return { passed: Number(counts[1]), failed: Number(counts[2]), skipped: 0 };
    print(`    FAILED  the program did not reach its end:\n${problem}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await environment.end(nobody);
  }
}
