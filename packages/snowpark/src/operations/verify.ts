import { SnowparkError } from "../base/snowpark-error.ts";
import { askIngress, type IngressAnswer } from "./ingress.ts";
import type { Clock } from "./operation-context.ts";

/** How a deployed database is reached, by whoever may. */
export interface DatabaseDoor {
  /** The origin of the endpoint that speaks Milvus's REST. */
  readonly origin: URL;
  /** A token for Snowflake's ingress. */
  readonly ingressToken: () => Promise<string>;
  /** `user:password` of the database, where it asks for one. */
  readonly databaseToken?: string;
}

export interface VerifyOptions {
  readonly door: DatabaseDoor;
  /** Turns texts into vectors of one length. */
  readonly embed: (texts: readonly string[]) => Promise<readonly ArrayLike<number>[]>;
  /** What the collection made for the while is called. It must be no other's. */
  readonly collectionName: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

export interface VerifyReport {
  readonly question: string;
  /** The sentence that the database found nearest. */
  readonly answer: string;
  readonly score: number;
  readonly milliseconds: number;
}

const sentences = [
  "Artificial intelligence was founded as an academic discipline in 1956.",
  "Alan Turing was the first person to conduct substantial research in AI.",
  "Born in Maida Vale, London, Turing was raised in southern England.",
] as const;
const question = "Who started AI research?";
const expectedAnswer = sentences[1];

/** While a service is upgraded its ingress answers 5xx: asked again after these waits. */
const retryMs = [500, 1_000, 2_000, 4_000];

/**
 * Three sentences in, a question asked, the right one out: through the ingress, as a user would. The collection that it
 * takes is dropped at the end, also of a failure.
 *
 * @throws SnowparkError `not-ready` where the database refuses or answers something else, `network`, `cancelled`.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { embed, clock, collectionName } = options;
  const begin = clock.now();
  const vectors = (await embed([...sentences, question])).map((vector) => Array.from(vector));
  const asked = vectors.slice(sentences.length);
  const dimension = asked[0]?.length ?? 0;
  await post(options, "collections/create", { collectionName, dimension });
  let hits: unknown;
  try {
    const data = sentences.map((text, id) => ({ id, vector: vectors[id], doc_str: text }));
    await post(options, "entities/insert", { collectionName, data });
    hits = await post(options, "entities/search", {
      collectionName,
      data: asked,
      limit: 1,
      outputFields: ["doc_str"],
      consistencyLevel: "Strong",
    });
  } catch (error) {
    // Of two failures the first is the one to tell.
    await drop(options).catch(() => undefined);
    throw error;
  }
  await drop(options);
  const [hit] = Array.isArray(hits) ? hits : [];
  if (!isHit(hit) || hit.doc_str !== expectedAnswer) {
    throw new SnowparkError(
      "not-ready",
      `Asked "${question}", the database answered ${JSON.stringify(hits)}, expected "${expectedAnswer}"`,
    );
  }
  return {
    question,
    answer: hit.doc_str,
    score: hit.distance,
    milliseconds: clock.now() - begin,
  };
}

/** Also for a caller who gave up: nothing is left behind. */
async function drop({ door, clock, collectionName }: VerifyOptions): Promise<void> {
  await post({ door, clock }, "collections/drop", { collectionName });
}

interface Hit {
  readonly doc_str: string;
  readonly distance: number;
}

function isHit(value: unknown): value is Hit {
  return (
    typeof value === "object" &&
    value !== null &&
    "doc_str" in value &&
    typeof value.doc_str === "string" &&
    "distance" in value &&
    typeof value.distance === "number"
  );
}

type Call = Pick<VerifyOptions, "door" | "clock" | "signal">;

async function post(call: Call, path: string, body: object): Promise<unknown> {
  const answer = await askWithRetries(call, path, JSON.stringify(body));
  const { status, text } = answer;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refused(path, `HTTP ${status}, no JSON: ${text.slice(0, 200)}`, cause);
  }
  if (typeof parsed !== "object" || parsed === null || !("code" in parsed) || parsed.code !== 0) {
    throw refused(path, `HTTP ${status}: ${text.slice(0, 500)}`);
  }
  return "data" in parsed ? parsed.data : undefined;
}

async function askWithRetries(
  { door, clock, signal }: Call,
  path: string,
  body: string,
): Promise<IngressAnswer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await askIngress(new URL(`/v2/vectordb/${path}`, door.origin), {
      method: "POST",
      headers: {
        authorization: `Snowflake Token="${await door.ingressToken()}"`,
        "content-type": "application/json",
        ...(door.databaseToken === undefined ? {} : { "x-milvus-token": door.databaseToken }),
      },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    const wait = retryMs[attempt];
    if (answer.status < 500 || wait === undefined) return answer;
    await clock.sleep(wait, signal);
  }
}

function refused(path: string, found: string, cause?: unknown): SnowparkError {
  return new SnowparkError("not-ready", `The database refused ${path} at the ingress: ${found}`, {
    ...(cause === undefined ? {} : { cause }),
  });
}
