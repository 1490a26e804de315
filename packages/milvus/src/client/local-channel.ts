import {
  type CallOptions,
  type MethodDefinition,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { messageOf } from "@redkite/engine";
import type { RequestHandler } from "../service/request-handler.ts";
import { LocalCallError, openingError } from "./local-call-error.ts";

type Callback = (error: Error | null, response?: object) => void;

/** How the SDK calls an RPC. Metadata may stand before the options; nothing here needs it. */
type UnaryCall = (request: object, ...rest: [...unknown[], CallOptions, Callback]) => void;

/** What the SDK takes for a gRPC client: one function for each RPC. */
export type LocalStub = Readonly<Record<string, UnaryCall>>;

export interface LocalChannelOptions {
  /** Who answers. Calls wait for it, and all fail when it rejects. */
  readonly handler: Promise<RequestHandler>;
  /** The SDK's own description of the service, so that results are those of the wire. */
  readonly definition: ServiceDefinition;
  /** The database of requests that name none. Asked at each call, because clients change it. */
  readonly databaseName: () => string;
}

/** What the SDK uses of its pool of gRPC channels, a `Pool` of `generic-pool`. */
export interface ChannelPool {
  acquire(): PromiseLike<object>;
  release(stub: object): unknown;
  drain(): PromiseLike<void>;
  clear(): PromiseLike<void>;
}

/** Carries the SDK's calls to a handler in this process. Stands in for its pool of channels. */
export class LocalChannel implements ChannelPool {
  readonly #options: LocalChannelOptions;
  readonly #stub: LocalStub;
  #borrowCount = 0;
  #drained: (() => void) | undefined;
  #draining: Promise<void> | undefined;

  constructor(options: LocalChannelOptions) {
    this.#options = options;
    this.#stub = Object.fromEntries(
      Object.keys(options.definition).map((method) => [method, this.#unaryCall(method)]),
    );
  }

  async acquire(): Promise<LocalStub> {
    this.#borrow();
    return this.#stub;
  }

  release(): void {
    this.#borrowCount--;
    if (this.#borrowCount === 0) this.#drained?.();
  }

  /** Refuses further calls and waits for those that run. */
  async drain(): Promise<void> {
    this.#draining ??= new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#borrowCount === 0) resolve();
    });
    await this.#draining;
  }

  /** There are no connections to close. */
  async clear(): Promise<void> {
    await this.#draining;
  }

  /** Calls an RPC with an encoded request. `timeoutMs` 0 is no limit. */
  async call(method: string, request: Uint8Array, timeoutMs: number): Promise<object> {
    this.#borrow();
    try {
      return await this.#answerWithin(timeoutMs, method, request);
    } finally {
      this.release();
    }
  }

  #borrow(): void {
    if (this.#draining !== undefined) {
      throw new LocalCallError(status.CANCELLED, "Cannot call a client that is closed");
    }
    this.#borrowCount++;
  }

  #unaryCall(method: string): UnaryCall {
    const { requestSerialize } = this.#methodDefinition(method);
    return (request, ...rest) => {
      const callback = rest.at(-1) as Callback;
      const { deadline } = rest.at(-2) as CallOptions;
      let bytes: Uint8Array;
      try {
        bytes = requestSerialize(request);
      } catch (cause) {
        const details = `Request message serialization failure: ${messageOf(cause)}`;
        callback(new LocalCallError(status.INTERNAL, details, { cause }));
        return;
      }
      this.#answerWithin(millisecondsUntil(deadline), method, bytes).then(
        (response) => callback(null, response),
        callback,
      );
    };
  }

  async #answerWithin(timeoutMs: number, method: string, request: Uint8Array): Promise<object> {
    if (timeoutMs === 0) return this.#answer(method, request);
    const cancelled = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<never>((_resolve, reject) => {
      const giveUp = () => {
        cancelled.abort();
        reject(new LocalCallError(status.DEADLINE_EXCEEDED, "Deadline exceeded"));
      };
      timer = setTimeout(giveUp, Math.min(timeoutMs, timeoutMsMax));
    });
    try {
      return await Promise.race([this.#answer(method, request, cancelled.signal), timedOut]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(method: string, request: Uint8Array, signal?: AbortSignal): Promise<object> {
    const databaseName = this.#options.databaseName();
    const handler = await this.#openHandler();
    const response = await handler.handle(method, request, {
      databaseName,
      ...(signal === undefined ? {} : { signal }),
    });
    return this.#methodDefinition(method).responseDeserialize(
      Buffer.from(response.buffer, response.byteOffset, response.byteLength),
    );
  }

  async #openHandler(): Promise<RequestHandler> {
    try {
      return await this.#options.handler;
    } catch (error) {
      throw openingError(error);
    }
  }

  #methodDefinition(method: string): MethodDefinition<object, object> {
    return this.#options.definition[method];
  }
}

/** The longest that a timer takes. */
const timeoutMsMax = 2 ** 31 - 1;

/** 0 when there is no deadline. The clock is the one that the SDK makes deadlines from. */
function millisecondsUntil(deadline: CallOptions["deadline"]): number {
  if (deadline === undefined) return 0;
  return Math.max(1, Number(deadline) - Date.now());
}
