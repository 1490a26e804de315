// Speed against recall. Which efforts are worth measuring is found with one half of the queries; what
// is reported comes from the other half.
import { createHash } from "node:crypto";
import { recallOf } from "./recall.mjs";

export const k = 10;

const WARM_UP_COUNT = 100;
/**
 * Efforts are measured from below the first of these recalls up to above the second, and one step
 * more at each end, since the other half of the queries may be easier or harder.
 */
const RECALL_RANGE = [0.9, 0.99];
/** A ladder is left when this many steps up have gained nothing. */
const STEPS_IN_VAIN = 3;
const GAIN_MIN = 0.0005;

/**
 * A curve of an index and how to search it.
 *
 * @typedef {object} Contestant
 * @property {{ engine: string, effort?: string, ladder: number[], fixed?: object, keepsAll?: boolean }} curve
 * @property {object} searcher
 * @property {number} [queryCountMax]
 */

/** The points of a contestant's ladder that are worth measuring, by the queries of `trial`. */
export async function choosePoints(contestant, trial) {
  const { ladder, keepsAll } = contestant.curve;
  if (keepsAll) return ladder;
  const tried = [];
  for (const value of ladder) {
    const point = createPoint(contestant, value, trial);
    await runPoint(point);
    tried.push({ value, recall: point.recall });
    if (isDone(tried)) break;
  }
  const [low, high] = RECALL_RANGE;
  const first = Math.max(0, tried.findLastIndex(({ recall }) => recall < low) - 1);
  const above = tried.findIndex(({ recall }) => recall >= high);
  const end = above < 0 ? tried.length : above + 2;
  return tried.slice(first, end).map(({ value }) => value);
}

function isDone(tried) {
  // The last but one is above the range: the last one is the step more.
  if (tried.at(-2)?.recall >= RECALL_RANGE[1]) return true;
  const { recall } = tried.at(-1);
  const earlier = tried.at(-1 - STEPS_IN_VAIN);
  return earlier !== undefined && recall - earlier.recall < GAIN_MIN;
}

/** `trial` has the numbers of the queries, their vectors and the true neighbours. */
export function createPoint({ curve, searcher, queryCountMax = Infinity }, value, trial) {
  const params = { ...curve.fixed, ...(curve.effort && { [curve.effort]: value }) };
  const numbers = trial.numbers.slice(0, queryCountMax);
  return {
    value,
    params,
    searcher,
    truth: trial.truth,
    numbers,
    prepared: numbers.map((number) => searcher.prepare(trial.queries[number])),
    search: searcher.searchWith(params, k),
    qps: [],
    recall: undefined,
    answers: undefined,
  };
}

/** Searches for every query once, one after the other, and notes the speed. */
export async function runPoint(point, clock = wallClock) {
  const { prepared, search, qps } = point;
  const answers = new Array(prepared.length);
  const first = search(prepared[0]);
  const isAsync = first instanceof Promise;
  await first;
  const start = clock();
  if (isAsync) {
    for (let i = 0; i < prepared.length; i++) answers[i] = await search(prepared[i]);
  } else {
    for (let i = 0; i < prepared.length; i++) answers[i] = search(prepared[i]);
  }
  qps.push((prepared.length / (clock() - start)) * 1_000);
  if (point.recall === undefined) judge(point, answers);
}

/** Milliseconds on the wall. */
export const wallClock = () => performance.now();

/** Milliseconds that processors have worked for this process, with all its threads. */
export function cpuClock() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function judge(point, answers) {
  const { numbers, searcher, truth } = point;
  const found = answers.map((answer) => [...searcher.idsOf(answer)]);
  const recalls = found.map((rows, i) => recallOf(truth, numbers[i], { rows, k }));
  point.recall = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  point.answers = createHash("sha256").update(JSON.stringify(found)).digest("hex").slice(0, 12);
}

/**
 * Runs all points of all contestants `rounds` times, by turns. What the engine before has left in the
 * processor's caches is the first point's burden otherwise, and only some engines need their first.
 */
export async function runRounds(points, { rounds, clock }) {
  for (let round = 0; round < rounds; round++) {
    for (const point of points) {
      for (const query of point.prepared.slice(0, WARM_UP_COUNT)) await point.search(query);
      await runPoint(point, clock);
    }
  }
}

/**
 * Chooses the points of all contestants with one half of the queries and measures them with the
 * other. Answers the points of each contestant.
 */
export async function measureAll(
  contestants,
  { queries, truth },
  { rounds, clock, log = () => {} },
) {
  const { tuning, reporting } = splitQueries(queries, truth);
  const pointsOf = new Map();
  for (const contestant of contestants) {
    log(`choosing points of ${contestant.curve.engine}`);
    const values = await choosePoints(contestant, tuning);
    pointsOf.set(
      contestant,
      values.map((value) => createPoint(contestant, value, reporting)),
    );
  }
  log("measuring");
  await runRounds([...pointsOf.values()].flat(), { rounds, clock });
  return pointsOf;
}

/** The queries with even numbers to choose points with, and those with odd ones to report. */
export function splitQueries(queries, truth) {
  const numbers = queries.map((_, number) => number);
  const half = (rest) => ({ numbers: numbers.filter((n) => n % 2 === rest), queries, truth });
  return { tuning: half(0), reporting: half(1) };
}
