/** Compares what a step expects with what a client gave. */

/** Scores and float fields are float32 on the wire, and each client sums in its own order. */
const TOLERANCE = 1e-5;

/**
 * @param {Record<string, any>} expect @param {any} result
 * @returns {string[]} one line for each difference; empty when all is as expected
 */
export function differences(expect, result) {
  return Object.entries(expect).flatMap(([key, expected]) => {
    const compare = COMPARISONS[key];
    if (compare === undefined) return [`the scenario's word "expect.${key}" is unknown`];
    return compare(expected, result);
  });
}

/**
 * @typedef {object} ExpectedError
 * @property {number | null} [code] Milvus's, or null when the client refuses before it asks the server; without it, any
 * @property {string} text a part of the message
 * @property {Record<string, ExpectedError>} [by] what clients of a family show instead
 *
 * @param {ExpectedError} expected
 * @param {import("./drivers/client-error.mjs").ClientError} found
 * @param {string} family
 * @returns {string[]}
 */
export function errorDifferences(expected, found, family) {
  const { code, text } = expected.by?.[family] ?? expected;
  const shown = `${found.code === null ? "refused by the client" : `code ${found.code}`}: ${found.message}`;
  const lines = [];
  if (code !== undefined && found.code !== code) {
    lines.push(
      `expected ${code === null ? "the client to refuse" : `code ${code}`}, found ${shown}`,
    );
  }
  if (!found.message.includes(text)) lines.push(`expected the text "${text}", found ${shown}`);
  return lines;
}

const COMPARISONS = {
  values: (expected, { values }) =>
    Object.entries(expected).flatMap(([name, value]) => exactly(name, value, values[name] ?? null)),
  data: (expected, { data }) => exactly("data", expected, data),
  holds: (expected, { text }) =>
    expected.filter((part) => !text.includes(part)).map((part) => `expected ${part} in ${text}`),
  count: (expected, { count }) => exactly("count", expected, count),
  value: (expected, { value }) => exactly("value", expected, value),
  loaded: (expected, { loaded }) => exactly("loaded", expected, loaded),
  ids: (expected, { ids }) => exactly("ids", expected, ids),
  names: (expected, { names }) => exactly("names", [...expected].sort(), [...names].sort()),
  rows: (expected, { rows }) => exactly("rows", inOrder(expected), inOrder(rows)),
  orderedRows: (expected, { rows }) => exactly("rows", expected, rows),
  rowCount: (expected, { rows }) => exactly("number of rows", expected, rows.length),
  hits: (expected, { hits }) => exactly("hits", expected, withAskedScores(expected, hits)),
  hitIds: (expected, { hits }) =>
    exactly(
      "hits",
      expected,
      hits.map((list) => list.map((hit) => hit.id)),
    ),
  hitIdSet: (expected, { hits }) =>
    exactly("hits in any order", expected.toSorted(), hits[0].map((hit) => hit.id).toSorted()),
  hitCount: (expected, { hits }) =>
    exactly("number of different hits", expected, new Set(hits[0].map((hit) => hit.id)).size),
  batchSizes: (expected, { batchSizes }) => exactly("sizes of batches", expected, batchSizes),
  contains: (expected, result) => missing(expected, result, "result"),
};

function exactly(what, expected, found) {
  if (same(expected, found)) return [];
  return [`${what}: expected ${show(expected)}`, `${what}: found    ${show(found)}`];
}

/** A hit that is expected without a score may have any. */
function withAskedScores(expected, found) {
  return found.map((list, query) =>
    list.map(({ score, ...hit }, rank) =>
      expected[query]?.[rank]?.score === undefined ? hit : { ...hit, score },
    ),
  );
}

function same(expected, found) {
  if (typeof expected === "number" && typeof found === "number") return close(expected, found);
  if (!isObject(expected) || !isObject(found)) return expected === found;
  if (Array.isArray(expected) !== Array.isArray(found)) return false;
  const keys = Object.keys(expected);
  return (
    keys.length === Object.keys(found).length &&
    keys.every((key) => Object.hasOwn(found, key) && same(expected[key], found[key]))
  );
}

/** Every key of the expected objects must be there with its value; lists must be equally long. */
function missing(expected, found, path) {
  if (!isObject(expected) || !isObject(found)) return exactly(path, expected, found);
  if (Array.isArray(expected) && expected.length !== found.length) {
    return exactly(`${path}.length`, expected.length, found.length);
  }
  return Object.keys(expected).flatMap((key) =>
    missing(expected[key], found[key], `${path}.${key}`),
  );
}

function close(expected, found) {
  return Math.abs(expected - found) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

function isObject(value) {
  return typeof value === "object" && value !== null;
}

function inOrder(rows) {
  return [...rows].sort((a, b) => compareText(String(a.id), String(b.id)));
}

function compareText(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function show(value) {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 1_500 ? `${text.slice(0, 1_500)}…` : text;
}
