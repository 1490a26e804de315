import type { JsonValue } from "@redkite/engine";
import type { BodyShape } from "./body-shape.ts";
import type { MethodName, RestCall } from "./rest-call.ts";

/** What a route answers, beside its code. */
export interface RestAnswer {
  /** Plain values: bigints and typed arrays too, which become numbers and arrays. */
  readonly data?: unknown;
  readonly cost?: number;
  /** How many hits each vector of a search has. */
  readonly topks?: readonly bigint[];
  readonly aggTopks?: readonly bigint[];
  readonly recalls?: readonly number[];
  readonly resource_group?: object;
  /** What went wrong without making the whole answer an error. */
  readonly message?: string;
}

/** One address of the API. */
export interface RestRoute {
  /** Behind `/v2/vectordb`: `/collections/create`. */
  readonly path: string;
  /** The method of MilvusService that carries it out, or decides about it. */
  readonly method: MethodName;
  /** A sentence for its documentation. */
  readonly summary: string;
  readonly body: BodyShape<unknown>;
  /** Throws `RestError`, also for a body that does not fit. */
  readonly run: (body: JsonValue, call: RestCall) => Promise<RestAnswer>;
}

/** A route whose body has been read by its shape. */
export function route<T>(
  definition: Omit<RestRoute, "body" | "run"> & {
    readonly body: BodyShape<T>;
    readonly run: (body: T, call: RestCall) => Promise<RestAnswer>;
  },
): RestRoute {
  const { body, run } = definition;
  return { ...definition, run: async (value, call) => run(body.read(value), call) };
}

/** What most changes answer. */
export const done: RestAnswer = { data: {} };
