import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { RequestHandler } from "../service/request-handler.ts";
import type { CallContext } from "../service/router.ts";
import type { Status } from "../wire/gen/common_pb.ts";
import {
  type DescribeCollectionResponse,
  MilvusService as MilvusServiceDescriptor,
} from "../wire/gen/milvus_pb.ts";
import { checkStatus } from "./rest-error.ts";

type Methods = typeof MilvusServiceDescriptor.method;

/** The name of a method of MilvusService as the generated descriptors have it: `createAlias`. */
export type MethodName = keyof Methods;
type Input<N extends MethodName> = Methods[N]["input"];
type Output<N extends MethodName> = Methods[N]["output"];

/** One request of a client, which may take several calls of the service. */
export class RestCall {
  readonly databaseName: string;
  /** Whether integers of 64 bits are answered as texts, for clients without such numbers. */
  readonly int64AsText: boolean;
  readonly #service: RequestHandler;
  readonly #context: CallContext;

  constructor(
    service: RequestHandler,
    context: CallContext,
    { int64AsText }: { readonly int64AsText: boolean },
  ) {
    this.databaseName = context.databaseName;
    this.int64AsText = int64AsText;
    this.#service = service;
    this.#context = context;
  }

  /** Calls a method of the service. Throws `RestError` for what its status says. */
  invoke<N extends MethodName>(
    name: N,
    request: MessageInitShape<Input<N>>,
  ): Promise<MessageShape<Output<N>>> {
    // All of the descriptors are of this type; the union of them is more than the compiler takes.
    const input = MilvusServiceDescriptor.method[name].input as DescMessage;
    return this.invokeEncoded(name, toBinary(input, create(input, request)));
  }

  /** As `invoke`, for a request that is encoded already. */
  async invokeEncoded<N extends MethodName>(
    name: N,
    request: Uint8Array,
  ): Promise<MessageShape<Output<N>>> {
    const { name: method, output } = MilvusServiceDescriptor.method[name];
    const bytes = await this.#service.handle(method, request, this.#context);
    const answer = fromBinary(output as DescMessage, bytes, { readUnknownFields: false });
    checkStatus(statusOf(answer));
    return answer as MessageShape<Output<N>>;
  }

  /** A collection of the database, by its name or an alias. Throws `RestError`. */
  describe(collectionName: string): Promise<DescribeCollectionResponse> {
    return this.invoke("describeCollection", { dbName: this.databaseName, collectionName });
  }
}

/** The status of an answer, which has it as a field or is one. */
function statusOf(answer: object): Status | undefined {
  return [answer, ...Object.values(answer)].find(isStatus);
}

function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && "errorCode" in value;
}
