// Filters on one thread: how long parse and bind take, and how long a million rows take.
//
// Corpus: pseudo-random columns (seed 1): Int64, Int32 and Float of 0 to 999, Double of 0 to 1000,
// VarChar keys `key-<row>`, and a JSON field of about 60 bytes with a colour, a size and two tags; at the
// end an Int32 of 0 to 999 of which every third is null, and an Int8. Left out: several segments, indexes. The fastest
// of the rounds is printed, since the machine's other work can only slow a round down; `hash` is of the
// rows found.
//
// Run: npm run build && node bench/filter-evaluation.mjs [rows] [rounds]          (small: 20000 3)
import { createHash } from "node:crypto";
import { compileFilter, evaluateFilter } from "../packages/engine/dist/filter/filter.js";

const [rowCount = 1_000_000, rounds = 9] = process.argv.slice(2).map(Number);
const encoder = new TextEncoder();
const random = randomFrom(1);
const colours = ["red", "green", "blue"];

const fields = [
  ["pk", "VarChar", texts((row) => `key-${row}`)],
  ["i64", "Int64", numbers(BigInt64Array, () => BigInt(Math.floor(random() * 1000)))],
  ["i32", "Int32", numbers(Int32Array, () => random() * 1000)],
  ["f32", "Float", numbers(Float32Array, () => Math.floor(random() * 1000))],
  ["f64", "Double", numbers(Float64Array, () => random() * 1000)],
  ["$meta", "JSON", texts(metaOf)],
  ["gaps", "Int32", withNulls(numbers(Int32Array, () => random() * 1000))],
  ["i8", "Int8", numbers(Int8Array, () => random() * 100)],
].map(([name, type, column], i) => ({ id: 100 + i, name, type, column }));
const schema = { description: "", dynamicField: true, fields };
const columns = new Map(fields.map(({ id, column }) => [id, column]));

const keys = Array.from({ length: 50_000 }, (_, i) => i * 7);
const filters = [
  "i64 > 500",
  "i64 == 500",
  "100 < i64 <= 600",
  "i32 > 500",
  "f32 > 500",
  "f64 > 500",
  "gaps > 500",
  "i8 > 50",
  `i32 in [${keys.slice(0, 8).join(", ")}]`,
  `i64 in [${keys.slice(0, 8).join(", ")}]`,
  "i32 % 7 == 1",
  "i64 % 7 == 1",
  "i64 < f64",
  "i64 > 500 and f64 < 100",
  "(i64 & 4) == 4",
  "(i64 << 1) == 4",
  'pk == "key-77777"',
  'pk like "key-99%"',
  'pk like "%99"',
  'pk like "%-99%"',
  'pk like "k_y%9_"',
  'pk =~ "9{3}"',
  `pk in [${keys.map((key) => `"key-${key}"`).join(", ")}]`,
  `i64 in [${keys.join(", ")}]`,
  keys.map((key) => `i64 == ${key}`).join(" or "),
  "size > 500",
  'color == "red"',
  'tags[1] == "b"',
  'json_contains(tags, "a")',
  "i32 < 10 and size > 500",
];

console.log(`${rowCount} rows, best of ${rounds}; times in ms`);
console.log("compile  evaluate     rows  hash      filter");
for (const expression of filters) report(expression);

function report(expression) {
  let [compileMs, evaluateMs, found] = [Infinity, Infinity, undefined];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const filter = compileFilter(expression, schema);
    const compiled = performance.now();
    found = evaluateFilter(filter, (id) => columns.get(id), rowCount);
    evaluateMs = Math.min(evaluateMs, performance.now() - compiled);
    compileMs = Math.min(compileMs, compiled - start);
  }
  const hash = createHash("sha256").update(found.words).digest("hex").slice(0, 8);
  const name = expression.length > 40 ? `${expression.slice(0, 40)}...` : expression;
  console.log(
    [
      compileMs.toFixed(2).padStart(7),
      evaluateMs.toFixed(2).padStart(9),
      String(found.count()).padStart(8),
      ` ${hash}  ${name}`,
    ].join(" "),
  );
}

function metaOf(row) {
  return JSON.stringify({ color: colours[row % 3], size: row % 1000, tags: ["a", "b"] });
}

function numbers(ArrayType, makeValue) {
  return { layout: "fixed", rowCount, values: ArrayType.from({ length: rowCount }, makeValue) };
}

function withNulls(column) {
  const validity = new Uint8Array((rowCount + 7) >>> 3);
  for (let row = 0; row < rowCount; row++) if (row % 3 > 0) validity[row >>> 3] |= 1 << (row & 7);
  return { ...column, validity };
}

function texts(textOf) {
  const pieces = Array.from({ length: rowCount }, (_, row) => encoder.encode(textOf(row)));
  const offsets = new Uint32Array(rowCount + 1);
  pieces.forEach((piece, i) => {
    offsets[i + 1] = offsets[i] + piece.length;
  });
  const bytes = new Uint8Array(offsets[rowCount]);
  pieces.forEach((piece, i) => {
    bytes.set(piece, offsets[i]);
  });
  return { layout: "bytes", rowCount, offsets, bytes };
}

function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
