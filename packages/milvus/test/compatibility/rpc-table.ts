import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { isKnownMethod } from "../../src/service/router.ts";
import { MilvusService as descriptor } from "../../src/wire/gen/milvus_pb.ts";
import { Harness } from "../service/service-harness.ts";
import { rpcDifferences } from "./differences.ts";
import { type Outcome, outcomeOf, type Row } from "./outcome.ts";

/** The codes of what is not there: a method, or anything that it could be asked for. */
const refusalCodes: readonly number[] = [10, 12, 3000];

/** Every RPC of MilvusService. What is not carried out shows its answer to an empty request. */
export async function rpcRows(): Promise<Row[]> {
  const harness = await Harness.open();
  const rows: Row[] = [];
  for (const method of descriptor.methods) {
    const difference = rpcDifferences[method.name];
    const answer = await answerTo(harness, method);
    const isRefused = answer.kind === "refused" && refusalCodes.includes(answer.code);
    const outcome: Outcome = isRefused ? answer : { kind: "works" };
    rows.push({ name: `\`${method.name}\``, outcome, ...(difference && { difference }) });
  }
  await harness.close();
  return rows;
}

async function answerTo(
  { service }: Harness,
  { name, input, output }: (typeof descriptor.methods)[number],
): Promise<Outcome> {
  // The answers of these have no place for a status: gRPC says that they are not there.
  if (!isKnownMethod(name)) return { kind: "refused", code: 12, text: "UNIMPLEMENTED, by gRPC" };
  const request = toBinary(input, create(input));
  const answer = service.handle(name, request, { databaseName: "" });
  return outcomeOf(answer.then((bytes) => fromBinary(output, bytes)));
}
