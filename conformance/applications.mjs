/** Runs one application (`application/`), written once for each client, and compares what it prints with one file. */
import { readFileSync } from "node:fs";
import { runApplication } from "./application/application.mjs";
import { ranProgram } from "./step-program.mjs";

const EXPECTED = new URL("./application/expected.txt", import.meta.url);
const SHOWN_DIFFERENCES = 20;

/**
 * Runs it with a client class of this process.
 * @param {import("./runner.mjs").Environment} environment
 * @param {new (config: any) => any} MilvusClient
 * @param {(line: string) => void} print
 */
export async function runApplicationHere(environment, MilvusClient, print) {
  return await compared(environment, print, async (connection) => {
    /** @type {string[]} */
    const lines = [];
    const ended = await runApplication(MilvusClient, connection, (line) => lines.push(line)).then(
      () => "",
      (error) => String(error.stack ?? error.reason ?? error),
    );
    return { lines, problem: ended };
  });
}

/**
 * @param {import("./runner.mjs").Environment} environment
 * @param {import("./step-program.mjs").Program} program
 * @param {(line: string) => void} print
 */
export async function runApplicationProgram(environment, program, print) {
  return await compared(environment, print, async (connection) => {
    const { stdout, problem } = await ranProgram(program, connection);
    return { lines: stdout.trimEnd().split("\n"), problem };
  });
}

/** A line that is as expected is a check that passed. */
async function compared(environment, print, run) {
  const nobody = { close: async () => {} };
  const expected = readFileSync(EXPECTED, "utf8").trimEnd().split("\n");
  try {
    const { lines, problem } = await run(await environment.start());
    const differences = linesThatDiffer(expected, lines);
    for (const line of differences.slice(0, SHOWN_DIFFERENCES)) print(`    ${line}`);
    if (problem !== "") print(`    FAILED  the application ended:\n${problem}`);
    const failed = differences.length + (problem === "" ? 0 : 1);
    const passed = expected.filter((line, index) => lines[index] === line).length;
    return { passed, failed, skipped: 0 };
  } finally {
    await environment.end(nobody);
  }
}

/** A program that ended early is told once, not of each line that is missing. */
function linesThatDiffer(expected, found) {
  const differences = found
    .map((line, index) => ({ line, number: index + 1, wanted: expected[index] ?? "no more lines" }))
    .filter(({ line, wanted }) => line !== wanted)
    .map(({ line, number, wanted }) =>
      [`FAILED  line ${number}`, `         expected ${wanted}`, `         found    ${line}`].join(
        "\n    ",
      ),
    );
  const missing = expected.length - found.length;
  return missing > 0 ? [...differences, `FAILED  ${missing} lines are missing`] : differences;
}
