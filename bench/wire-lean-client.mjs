// A client of bench/wire.mjs that takes as little of the machine as Node lets it: calls of gRPC on
// node:http2, whose requests are encoded beforehand, and whose answers are decoded afterwards.
import { once } from "node:events";
import { connect } from "node:http2";
import { create, fromBinary, toBinary } from "../node_modules/@bufbuild/protobuf/dist/esm/index.js";
import {
  DslType,
  PlaceholderGroupSchema,
  PlaceholderType,
} from "../packages/milvus/dist/wire/gen/common_pb.js";
import {
  SearchRequestSchema,
  SearchResultsSchema,
} from "../packages/milvus/dist/wire/gen/milvus_pb.js";
import { queriesOf } from "./wire-searches.mjs";
import { serveTasks } from "./wire-tasks.mjs";

const { address, username, password, collection, k, dim } = JSON.parse(process.argv[2]);
const requests = queriesOf(dim).map((query) => framed(requestFor(query)));
const session = connect(`http://${address}`);
await once(session, "connect");
const headers = {
  ":method": "POST",
  ":path": "/milvus.proto.milvus.MilvusService/Search",
  "content-type": "application/grpc",
  te: "trailers",
  authorization: Buffer.from(`${username}:${password}`).toString("base64"),
};

serveTasks({
  search: (number) => call(requests[number % requests.length]),
  idsOf(body) {
    const { status, results } = fromBinary(SearchResultsSchema, body.subarray(5));
    if (status?.code !== 0) throw new Error(status?.reason);
    return results.ids.idField.value.data;
  },
  close: () => new Promise((resolve) => session.close(resolve)),
});

function requestFor(query) {
  const values = [new Uint8Array(query.buffer, query.byteOffset, query.byteLength)];
  const placeholders = [{ tag: "$0", type: PlaceholderType.FloatVector, values }];
  const group = create(PlaceholderGroupSchema, { placeholders });
  const parameters = { anns_field: "vector", topk: `${k}`, params: "{}" };
  const request = create(SearchRequestSchema, {
    collectionName: collection,
    dslType: DslType.BoolExprV1,
    searchInput: { case: "placeholderGroup", value: toBinary(PlaceholderGroupSchema, group) },
    outputFields: ["id"],
    searchParams: Object.entries(parameters).map(([key, value]) => ({ key, value })),
    nq: 1n,
  });
  return toBinary(SearchRequestSchema, request);
}

function framed(message) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function call(bytes) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    const chunks = [];
    stream.on("data", (chunk) => chunks.push(chunk));
    stream.on("trailers", (trailers) => {
      if (trailers["grpc-status"] !== "0") reject(new Error(trailers["grpc-message"]));
    });
    stream.on("error", reject);
    stream.on("close", () => resolve(Buffer.concat(chunks)));
    stream.end(bytes);
  });
}
