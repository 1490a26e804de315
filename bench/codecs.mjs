// The hot codecs of the Milvus wire, by turns in one run: decoding an insert of 1,000 vectors of
// 768 dimensions (with ids, titles and some nulls), and encoding the answer to 100 queries with 10
// hits each, vectors included. "copy" moves the same bytes once: the floor for both.
//
// Corpus: pseudo-random (seed 1). Left out: gRPC, the network, the engine's checks. Medians.
//
// Run: npm run build && node bench/codecs.mjs [rows] [dim] [rounds]      (small: 50 16 5)
import { createHash } from "node:crypto";
import { create } from "../node_modules/@bufbuild/protobuf/dist/esm/index.js";
import {
  InsertRequestSchema,
  SearchResultsSchema,
} from "../packages/milvus/dist/wire/gen/milvus_pb.js";
import { decodeInsertRequest } from "../packages/milvus/dist/wire/insert-request.js";
import { decodeMessage, encodeMessage } from "../packages/milvus/dist/wire/messages.js";
import { encodeSearchResults } from "../packages/milvus/dist/wire/search-results.js";

const [rowCount = 1_000, dim = 768, rounds = 60] = process.argv.slice(2).map(Number);
const queryCount = 100;
const k = 10;

let state = 1;
/** Marsaglia's xorshift32, as a number from -1 to 1. */
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state | 0) / 2 ** 31;
}

function insertRequest() {
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  const valid = rows.map((row) => row % 4 !== 0);
  const scalars = (kind, data) => ({
    case: "scalars",
    value: { data: { case: kind, value: { data } } },
  });
  const vectors = Array.from({ length: rowCount * dim }, random);
  return encodeMessage(
    InsertRequestSchema,
    create(InsertRequestSchema, {
      collectionName: "films",
      numRows: rowCount,
      fieldsData: [
        {
          type: 5,
          fieldName: "id",
          field: scalars(
            "longData",
            rows.map((row) => BigInt(row) << 32n),
          ),
        },
        {
          type: 21,
          fieldName: "title",
          field: scalars(
            "stringData",
            rows.map((row) => `Film ${row}`),
          ),
        },
        {
          type: 4,
          fieldName: "year",
          validData: valid,
          field: scalars(
            "intData",
            rows.filter((row) => valid[row]),
          ),
        },
        {
          type: 101,
          fieldName: "vector",
          field: {
            case: "vectors",
            value: { dim: BigInt(dim), data: { case: "floatVector", value: { data: vectors } } },
          },
        },
      ],
    }),
  );
}

function searchAnswer() {
  const hits = queryCount * k;
  const values = Float32Array.from({ length: hits * dim }, random);
  return {
    collectionName: "films",
    sessionTimestamp: 1n << 60n,
    results: {
      queryCount,
      topK: k,
      topKs: new Uint32Array(queryCount).fill(k),
      keys: {
        layout: "fixed",
        rowCount: hits,
        values: BigInt64Array.from({ length: hits }, (_, i) => BigInt(i) << 32n),
      },
      scores: Float32Array.from({ length: hits }, random),
      fields: [
        {
          name: "vector",
          typeId: 101,
          fieldId: 101,
          isDynamic: false,
          data: { kind: "floatVector", dim, values },
        },
      ],
      outputFields: ["vector"],
      primaryFieldName: "id",
    },
  };
}

/** Runs the contestants by turns and prints their medians as multiples of the last one's. */
function race(title, contestants) {
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds + 5; round++) {
    for (const [name, run] of Object.entries(contestants)) {
      const start = performance.now();
      run();
      // The first rounds warm the compiler up.
      if (round >= 5) times[name].push(performance.now() - start);
    }
  }
  const medians = Object.entries(times).map(([name, all]) => [name, median(all)]);
  const [, floor] = medians[medians.length - 1];
  console.log(title);
  for (const [name, time] of medians) {
    console.log(
      `  ${name.padEnd(12)} ${time.toFixed(3).padStart(9)} ms  ${(time / floor).toFixed(1)} x copy`,
    );
  }
}

function median(times) {
  return times.sort((a, b) => a - b)[times.length >>> 1];
}

function hashOf(bytes) {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 12);
}

const request = insertRequest();
race(`Decode InsertRequest, ${rowCount} x ${dim}, ${request.length} bytes`, {
  ours: () => decodeInsertRequest(request),
  "protobuf-es": () => decodeMessage(InsertRequestSchema, request),
  copy: () => Uint8Array.from(request),
});
const { values } = decodeInsertRequest(request).fieldsData[3].data;
console.log(`  vectors ${hashOf(values)}`);

const answer = searchAnswer();
const encoded = Uint8Array.from(encodeSearchResults(answer));
const message = decodeMessage(SearchResultsSchema, encoded);
race(`Encode SearchResults, ${queryCount} x ${k} with vectors, ${encoded.length} bytes`, {
  ours: () => encodeSearchResults(answer),
  "protobuf-es": () => encodeMessage(SearchResultsSchema, message),
  copy: () => Uint8Array.from(encoded),
});
const isSame = Buffer.compare(encoded, encodeMessage(SearchResultsSchema, message)) === 0;
console.log(
  `  bytes ${hashOf(encoded)}, ${isSame ? "the same as" : "DIFFERENT FROM"} protobuf-es's`,
);
