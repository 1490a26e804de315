import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "@redkite/engine";
import { MilvusError, milvusErrorKinds } from "../errors.ts";
import { answerText } from "../rest/answer-text.ts";
import { jsonDepthMax } from "../rest/json-depth.ts";
import { type BodyLimits, parseBody, readBody } from "../rest/request-body.ts";
import { RestCall } from "../rest/rest-call.ts";
import { RestError, toRestError } from "../rest/rest-error.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import { batchAnswer, readBatch } from "./function-batch.ts";
import { FunctionError } from "./function-error.ts";
import { RepeatedBatches } from "./repeated-batches.ts";
import { type ServiceFunction, serviceFunctions, type TextEmbedder } from "./service-functions.ts";

export interface FunctionOptions {
  /** The model for texts. Without one, functions that need it refuse to work. */
  readonly embed?: TextEmbedder;
  /** Is told of failures that are the server's own. */
  readonly onFailure?: (path: string, error: unknown) => void;
  /** For the memory of repeated batches. */
  readonly nowMs: () => number;
}

const limits: BodyLimits = { bytes: 64 * 1024 * 1024, depth: jsonDepthMax };

/**
 * Answers the calls of Snowflake's service functions, `POST /sf/<function>`, over a service that asks nobody who he is:
 * Snowflake has checked the caller, and a container has no other way to this port. Never throws.
 */
export function createFunctionListener(
  service: RequestHandler,
  options: FunctionOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const repeated = new RepeatedBatches(options.nowMs);
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "").split("?", 1)[0];
    try {
      const reply = await replyTo(request, path, { service, options, repeated });
      send(response, reply.status, reply.text);
    } catch (error) {
      // The caller has gone in the middle of the request.
      if (request.destroyed && !request.complete) return;
      const status = statusOf(error);
      if (status === 500) options.onFailure?.(path, error);
      send(response, status, JSON.stringify({ error: textOf(error) }));
    }
  };
  return (request, response) => {
    void answer(request, response);
  };
}

interface Surroundings {
  readonly service: RequestHandler;
  readonly options: FunctionOptions;
  readonly repeated: RepeatedBatches;
}

async function replyTo(
  request: IncomingMessage,
  path: string,
  { service, options, repeated }: Surroundings,
): Promise<{ status: number; text: string }> {
  // Snowflake sends none; a browser does, for whatever page it shows.
  if (request.headers.origin !== undefined) return refusal(403, "pages of browsers may not call");
  const called = serviceFunctions.get(path);
  if (called === undefined) return refusal(404, `there is no function ${path.slice(0, 100)}`);
  if (request.method !== "POST") return refusal(405, "functions are called by POST");
  const body = await readBody(request, limits);
  const batchId = request.headers["sf-external-function-query-batch-id"];
  const text = await repeated.run(typeof batchId === "string" ? batchId : undefined, () =>
    carryOut(called, body, { service, options }),
  );
  return { status: 200, text };
}

/** A batch is carried out whether or not its caller still waits: who sends it again wants its answer. */
async function carryOut(
  called: ServiceFunction,
  text: string,
  { service, options }: Pick<Surroundings, "service" | "options">,
): Promise<string> {
  const rows = readBatch(parseBody(text, limits), called.argumentCount);
  const places = [...rows.keys()].filter((place) => !rows[place].args.includes(null));
  const found = await called.run(
    places.map((place) => rows[place]),
    {
      callIn: (databaseName) => new RestCall(service, { databaseName }, { int64AsText: false }),
      embed: options.embed,
    },
  );
  const results: unknown[] = new Array(rows.length).fill(null);
  for (const [index, place] of places.entries()) results[place] = found[index];
  return answerText(batchAnswer(rows, results));
}

function refusal(status: number, error: string): { status: number; text: string } {
  return { status, text: JSON.stringify({ error }) };
}

/**
 * 400 for what a query has wrong, which Snowflake does not send again; 500 for our own failures, which it does.
 */
function statusOf(error: unknown): number {
  if (error instanceof FunctionError) return 400;
  if (!(error instanceof RestError) && !(error instanceof MilvusError)) return 500;
  const { code, httpStatus } = toRestError(error);
  if (code === milvusErrorKinds.serviceInternal.code) return 500;
  return httpStatus === 200 ? 400 : httpStatus;
}

function textOf(error: unknown): string {
  if (error instanceof FunctionError) return error.message;
  return error instanceof RestError || error instanceof MilvusError
    ? toRestError(error).message
    : messageOf(error);
}

function send(response: ServerResponse, status: number, text: string): void {
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.setHeader("X-Content-Type-Options", "nosniff");
  // What is left of a body that was refused is not read.
  if (status !== 200) response.setHeader("Connection", "close");
  response.statusCode = status;
  response.end(text);
}
