import type { IncomingMessage } from "node:http";
import { type JsonValue, parseJson } from "@redkite/engine";
import { endOfString, isDeeperThan } from "./json-depth.ts";
import { RestError, restError, restErrorKinds } from "./rest-error.ts";

/** What a body may be at most. */
export interface BodyLimits {
  /** Bytes. */
  readonly bytes: number;
  /** How many arrays and objects may lie in each other. */
  readonly depth: number;
}

/**
 * Reads the text of a request's body. Throws `RestError`: 413 when it has more bytes than allowed,
 * before they are read if the request says how many come.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw restError("incorrectFormat", `a body with Content-Encoding ${encoding} is not supported`);
  }
  if (Number(request.headers["content-length"] ?? 0) > limits.bytes) throw tooLarge(limits);
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection is still needed for the answer when the rest is not read.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.bytes) throw tooLarge(limits);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

/** The value of a body, with every integer exact. Throws `RestError`. */
export function parseBody(text: string, limits: BodyLimits): JsonValue {
  if (text.trim() === "") {
    const { code, text: sentinel } = restErrorKinds.incorrectFormat;
    // Milvus's words for it.
    throw new RestError(code, `${sentinel}, the request body should be nil, however {} is valid`);
  }
  if (isDeeperThan(limits.depth, text)) {
    throw restError("incorrectFormat", `the body is nested deeper than ${limits.depth} levels`);
  }
  try {
    const value = parseJson(text);
    refuseInfinite(text);
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw restError("incorrectFormat", error.message);
  }
}

/** Only texts with an exponent of three digits, or with 200 digits and another, can hold a number that is infinite. */
const hugeNumber = /\d[eE]\+?\d{3}|\d{200}/;
const [quote, minus, zero, nine] = ['"', "-", "0", "9"].map((char) => char.charCodeAt(0));
const number = /[^,:\]}\s]+/y;

/** A number beyond all doubles would be read as null somewhere. Go's decoder refuses it, in these words. */
function refuseInfinite(text: string): void {
  if (!hugeNumber.test(text)) return;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = endOfString(text, i);
    if (code !== minus && (code < zero || code > nine)) continue;
    number.lastIndex = i;
    const [token] = number.exec(text) ?? [""];
    if (!Number.isFinite(Number(token))) {
      const shown = token.slice(0, 100);
      throw restError(
        "incorrectFormat",
        `json: cannot unmarshal number ${shown} into Go value of type float64`,
      );
    }
    i += token.length - 1;
  }
}

function tooLarge({ bytes }: BodyLimits): RestError {
  const { code, text } = restErrorKinds.incorrectFormat;
  return new RestError(code, `${text}, error: the body has more than ${bytes} bytes`, 413);
}
