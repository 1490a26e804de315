/** Steps that print what came of them, and the count that the runner reads. */
import { isDeepStrictEqual } from "node:util";

export class Report {
  #passed = 0;
  #failed = 0;

  /** @param {string} say @param {() => Promise<unknown>} found @param {unknown} expected */
  async step(say, found, expected) {
    const problem = await this.#problem(found, expected);
    if (problem === null) this.#passed += 1;
    else this.#failed += 1;
    process.stdout.write(
      problem === null ? `    ok      ${say}\n` : `    FAILED  ${say}\n             ${problem}\n`,
    );
  }

  /** Prints the line that the runner reads. */
  end() {
    process.stdout.write(`    ${this.#passed} passed, ${this.#failed} failed\n`);
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }

  async #problem(found, expected) {
    try {
      const value = await found();
      if (isDeepStrictEqual(value, expected)) return null;
      return `expected ${JSON.stringify(expected)}, found ${JSON.stringify(value)}`;
    } catch (error) {
      return error.stack ?? error.reason ?? String(error);
    }
  }
}
