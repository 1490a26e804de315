/**
 * Reads the scenario: its chapters in the order of their numbers, each a title, a list of steps, and what all of them
 * skip.
 */
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

/**
 * @param {string} [folder] below the scenario's, whose chapters to read
 * @returns {Step[]}
 */
export function readScenario(folder = ".") {
  const place = new URL(`${folder}/`, FOLDER);
  const chapters = readdirSync(place).filter((name) => /^\d.*\.json$/.test(name));
  return chapters.sort(byNumber).flatMap((name) => {
    const { title, steps, skip } = read(new URL(name, place));
    return steps.flatMap((step) => expand({ ...step, skip: { ...step.skip, ...skip } }, title));
  });
}

/** "10-schema" comes after "9-search". */
function byNumber(one, other) {
  return Number.parseInt(one, 10) - Number.parseInt(other, 10);
}

function read(url) {
  return JSON.parse(readFileSync(url, "utf8"));
}

/** A step may include the questions of another file: the same ones are asked of growing, sealed and reopened data. */
function expand(step, chapter) {
  if (step.include === undefined) return [{ ...step, chapter, with: withRows(step.with) }];
  const included = read(new URL(`${step.include}.json`, FOLDER)).steps;
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
