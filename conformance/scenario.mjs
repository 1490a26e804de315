/** Reads the scenario: its chapters in the order of their file names, each a title and a list of steps. */
import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("./scenario/", import.meta.url);

/**
 * @typedef {object} Step
 * @property {string} chapter
 * @property {string} say what the step is about, in words
 * @property {string} [call] the client call
 * @property {Record<string, any>} [with] its arguments
 * @property {Record<string, any>} [expect] what the call must give; without it, that it succeeds
 * @property {"stop" | "kill"} [restart] instead of a call: the server ends so, and starts again
 * @property {Record<string, string>} [skip] runner family -> why the step cannot be asked of it
 */

/** @returns {Step[]} */
export function readScenario() {
  const chapters = readdirSync(FOLDER).filter((name) => /^\d.*\.json$/.test(name));
  return chapters.sort().flatMap((name) => {
    const { title, steps } = read(name);
    return steps.flatMap((step) => expand(step, title));
  });
}

function read(name) {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"));
}

/** A step may include the questions of another file: the same ones are asked of growing, sealed and reopened data. */
function expand(step, chapter) {
  if (step.include === undefined) return [{ ...step, chapter, with: withRows(step.with) }];
  const included = read(`${step.include}.json`).steps;
  return included.map((inner) => ({ ...inner, chapter, say: `${step.say}: ${inner.say}` }));
}

/** `"rows": {"circle": n}` stands for n rows: id i, group i mod 10, and the unit vector at i/n of a turn. */
function withRows(args = {}) {
  const count = args.rows?.circle;
  if (count === undefined) return args;
  const rows = Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count;
    return { id: String(index), group: index % 10, vector: [Math.cos(angle), Math.sin(angle)] };
  });
  return { ...args, rows };
}
