import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { SignIn } from "../access/access-control.ts";
import { AccessError } from "../access/access-error.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import type { CallContext } from "../service/router.ts";
import { acceptedCodings, compressMessage, expandMessage } from "./grpc-coding.ts";
import { encodeGrpcMessage, GrpcError, grpcCodes } from "./grpc-error.ts";
import type { GrpcLimits } from "./grpc-limits.ts";
import { type FramedMessage, MessageReader, messageHead } from "./grpc-message.ts";
import { type GrpcRequest, httpRefusalOf, readGrpcRequest } from "./grpc-request.ts";

/** To copy an answer of up to so many bytes behind its head costs less than to send them one by one. */
const joinedBytesMax = 16 * 1024;
/** A shorter answer is not worth compressing. */
const compressedBytesMin = 1_024;

/** The connection of a call, as the call knows it. */
export interface CallOwner {
  readonly handler: RequestHandler;
  readonly limits: GrpcLimits;
  /** The client's address, without a port. */
  readonly peer: string;
  /** What requests and answers that are on their way take of memory. */
  heldBytes: number;
  /**
   * Who signed in last: clients send the same on every call. HTTP/2 remembers the header as well, for as
   * long as the connection is there.
   */
  signedIn?: SignedIn;
}

interface SignedIn {
  readonly authorization: string | undefined;
  readonly signIn: SignIn;
}

const initialHeaders: OutgoingHttpHeaders = {
  ":status": 200,
  "content-type": "application/grpc+proto",
};

/** One call: a stream of HTTP/2 with one message and its answer. */
export class GrpcCall {
  readonly #stream: ServerHttp2Stream;
  readonly #owner: CallOwner;
  readonly #cancelled = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #heldBytes = 0;
  /** Answered, or nobody waits for an answer any more. */
  #isOver = false;
  #isReceived = false;

  constructor(stream: ServerHttp2Stream, owner: CallOwner) {
    this.#stream = stream;
    this.#owner = owner;
    // Of clients that break the rules, or have gone.
    stream.on("error", () => undefined);
    stream.once("aborted", () => this.#end());
    stream.once("close", () => {
      this.#end();
      owner.heldBytes -= this.#heldBytes;
      this.#heldBytes = 0;
    });
  }

  /** Whether all of the request has come. */
  get isReceived(): boolean {
    return this.#isReceived;
  }

  /** Answers. Never throws. */
  async run(headers: IncomingHttpHeaders): Promise<void> {
    try {
      const refusal = httpRefusalOf(headers);
      if (refusal !== undefined) {
        this.#respondAlone({ ":status": refusal.status, ...refusal.headers });
        return;
      }
      await this.#answer(readGrpcRequest(headers, this.#owner.peer));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Gives the call up: the client hears why, if it still waits for an answer. */
  fail(error: unknown): void {
    const { code, message } = failureOf(error);
    this.#respondAlone({
      ...initialHeaders,
      "grpc-status": code,
      "grpc-message": encodeGrpcMessage(message),
      ...(code === grpcCodes.unimplemented && { "grpc-accept-encoding": acceptedCodings }),
    });
  }

  async #answer({ method, timeoutMs, context, ...request }: GrpcRequest): Promise<void> {
    const { handler, limits } = this.#owner;
    if (timeoutMs !== undefined) this.#giveUpAfter(timeoutMs);
    // Before any of the request is read: strangers can't make us hold 128 MiB a call.
    const signIn = await this.#signIn(context);
    if (this.#isOver) return;
    const message = await this.#messageIn(request.coding);
    // A call that is taken back ends, too, and may look as if all of it had come.
    if (this.#isOver) return;
    const { signal } = this.#cancelled;
    const answer = await handler.handle(method, message, {
      ...context,
      signal,
      ...(signIn && { signIn }),
    });
    if (this.#isOver) return;
    if (answer.length > limits.sentBytes) {
      const text = `Sent message larger than max (${answer.length} vs. ${limits.sentBytes})`;
      throw new GrpcError(grpcCodes.resourceExhausted, text);
    }
    const { coding, takesCoding } = request;
    // As Milvus's own server does: answers are compressed where requests are.
    if (!takesCoding || answer.length < compressedBytesMin) this.#send(answer);
    else this.#send(await compressMessage(answer, coding), coding);
  }

  async #signIn(context: CallContext): Promise<SignIn | undefined> {
    const owner = this.#owner;
    const { authorization } = context;
    const { signedIn } = owner;
    const isSame = signedIn !== undefined && signedIn.authorization === authorization;
    const asked = isSame ? { ...context, signIn: signedIn.signIn } : context;
    const signIn = await owner.handler.authenticate(asked);
    if (signIn !== undefined && signIn !== signedIn?.signIn) {
      owner.signedIn = { authorization, signIn };
    }
    return signIn;
  }

  #giveUpAfter(timeoutMs: number): void {
    // Made when it is needed: an error, with its stack, costs as much as all else of a call's headers.
    this.#timer = setTimeout(() => {
      this.fail(new GrpcError(grpcCodes.deadlineExceeded, "Deadline exceeded"));
    }, timeoutMs);
  }

  async #messageIn(coding: string): Promise<Uint8Array> {
    const { isCompressed, bytes } = await this.#receive();
    if (!isCompressed) return bytes;
    const expanded = await expandMessage(bytes, coding, this.#owner.limits.receivedBytes);
    this.#hold(expanded.length);
    return expanded;
  }

  /** Does not settle for a call that is over before its message has come. */
  #receive(): Promise<FramedMessage> {
    const stream = this.#stream;
    const reader = new MessageReader(this.#owner.limits.receivedBytes);
    return new Promise((resolve, reject) => {
      const refuse = (error: unknown) => {
        stream.off("data", take).off("end", finish);
        reject(error);
      };
      const take = (chunk: Buffer) => {
        try {
          this.#hold(chunk.length);
          reader.push(chunk);
        } catch (error) {
          refuse(error);
        }
      };
      const finish = () => {
        this.#isReceived = true;
        try {
          resolve(reader.finish());
        } catch (error) {
          refuse(error);
        }
      };
      stream.on("data", take).once("end", finish);
    });
  }

  #hold(byteCount: number): void {
    // Its account is closed, or about to be: nothing would be given back.
    if (this.#isOver || this.#stream.destroyed) return;
    this.#heldBytes += byteCount;
    this.#owner.heldBytes += byteCount;
    const { heldBytes, limits } = this.#owner;
    if (heldBytes <= limits.heldBytes) return;
    const text = `The calls of this connection hold more than ${limits.heldBytes} bytes; wait for answers, or read them`;
    throw new GrpcError(grpcCodes.resourceExhausted, text);
  }

  /** Sends an answer of success. */
  #send(message: Uint8Array, coding?: string): void {
    const stream = this.#stream;
    if (this.#isOver || stream.destroyed || stream.closed) return;
    this.#hold(message.length);
    this.#isOver = true;
    clearTimeout(this.#timer);
    const headers =
      coding === undefined ? initialHeaders : { ...initialHeaders, "grpc-encoding": coding };
    stream.respond(headers, { waitForTrailers: true });
    stream.once("wantTrailers", () => {
      if (!stream.destroyed && !stream.closed) stream.sendTrailers({ "grpc-status": grpcCodes.ok });
    });
    const head = messageHead(message.length, coding !== undefined);
    if (message.length <= joinedBytesMax) {
      stream.end(Buffer.concat([head, message]));
      return;
    }
    stream.cork();
    stream.write(head);
    stream.end(message);
  }

  /** Answers with headers only. What is left of the request is not read. */
  #respondAlone(headers: OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (this.#isOver) return;
    this.#end();
    if (stream.destroyed || stream.closed) return;
    stream.respond(headers, { endStream: true });
    if (!this.#isReceived) stream.close();
  }

  /** The work on a call that nobody waits for any more ends. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#cancelled.abort();
  }
}

function failureOf(error: unknown): Pick<GrpcError, "code" | "message"> {
  if (error instanceof GrpcError) return error;
  if (!(error instanceof AccessError)) {
    // A mistake of ours. The client hears of it, and the process lives on.
    return { code: grpcCodes.internal, message: String(error) };
  }
  const { kind, message } = error;
  return {
    code: kind === "denied" ? grpcCodes.permissionDenied : grpcCodes.unauthenticated,
    message,
  };
}
