import type { Boost, BoostFunction, Ranker } from "@redkite/engine";
import { invalidParameter, unsupported } from "../errors.ts";
import type { FunctionSchema, FunctionScore } from "../wire/gen/schema_pb.ts";
import { isBoolean, isTrue, jsonOf, toMap } from "./key-values.ts";

/** What the functions of a request do to its scores. */
export interface ScoreFunctions {
  /** Absent when all functions are boosts. */
  readonly ranker?: Ranker;
  readonly boost?: Boost;
}

type Parameters = ReadonlyMap<string, string>;

/**
 * Reads the functions of a request, and gives their filters its template values. The engine checks
 * what it is given. Throws `MilvusError`.
 */
export function scoreFunctionsOf(
  score: FunctionScore | undefined,
  templates: BoostFunction["templates"] = {},
): ScoreFunctions {
  if (score === undefined) return {};
  const named = score.functions.map((schema) => ({ schema, parameters: toLowerMap(schema) }));
  const isBoost = ({ parameters }: { parameters: Parameters }): boolean =>
    parameters.get("reranker")?.toLowerCase() === "boost";
  const boosts = named.filter(isBoost);
  const [ranker, ...more] = named.filter((item) => !isBoost(item));
  if (score.functions.length === 0) {
    throw invalidParameter("rerank_builder: no rerank functions specified");
  }
  if (more.length > 0) {
    throw invalidParameter("rerank_builder: currently only supports one rerank function");
  }
  return {
    ...(ranker && { ranker: rankerOf(ranker.schema, ranker.parameters) }),
    ...(boosts.length > 0 && {
      boost: boostOf(
        toMap(score.params),
        boosts.map(({ parameters }) => ({ ...boostFunctionOf(parameters), templates })),
      ),
    }),
  };
}

/** The ranker of older clients: `strategy`, and its parameters as JSON. Throws `MilvusError`. */
export function rankerOfStrategy(parameters: Parameters): Ranker {
  const strategy = (parameters.get("strategy") || "rrf").toLowerCase();
  const given = jsonOf(parameters, "params") ?? {};
  const { k, weights, norm_score: normalize } = given as Readonly<Record<string, unknown>>;
  switch (strategy) {
    case "rrf":
      if (k === undefined) return { kind: "rrf" };
      if (typeof k === "number") return { kind: "rrf", k };
      throw invalidParameter(
        `rerank_builder: the type of rank param k should be float, but got ${JSON.stringify(k)}`,
      );
    case "weighted":
      return {
        kind: "weighted",
        weights: weights === undefined ? [] : weightsOf(weights),
        normalize: normalizeOf(normalize),
      };
    default:
      throw invalidParameter(`rerank_builder: unsupported rank type ${strategy}`);
  }
}

function toLowerMap({ params }: FunctionSchema): Parameters {
  return new Map(params.map(({ key, value }) => [key.toLowerCase(), value]));
}

function rankerOf(schema: FunctionSchema, parameters: Parameters): Ranker {
  const name = parameters.get("reranker")?.toLowerCase() ?? "";
  switch (name) {
    case "":
      throw invalidParameter("rerank_builder: reranker name not specified");
    case "rrf": {
      const k = parameters.get("k");
      return { kind: "rrf", ...(k !== undefined && { k: numberOf(k, `${k} is not a number`) }) };
    }
    case "weighted":
      return weightedOf(parameters);
    case "decay":
      return decayOf(schema, parameters);
    case "model":
      throw refusedModel(schema, parameters);
    default:
      throw invalidParameter(`rerank_builder: unsupported reranker ${name}`);
  }
}

function weightedOf(parameters: Parameters): Ranker {
  const text = parameters.get("weights");
  const normalize = parameters.get("norm_score") ?? "false";
  if (!isBoolean(normalize)) {
    throw invalidParameter(`failed to parse norm_score: ${normalize} is no boolean`);
  }
  const weights = text === undefined ? [] : weightsOf(jsonOf(parameters, "weights"));
  return { kind: "weighted", weights, normalize: isTrue(normalize) };
}

function weightsOf(value: unknown): readonly number[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "number")) return value;
  throw invalidParameter(`failed to parse weights: ${JSON.stringify(value)} is no list of numbers`);
}

function normalizeOf(value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  if (typeof value === "string" && isBoolean(value)) return isTrue(value);
  throw invalidParameter("rerank_builder: the type of rank param norm_score should be bool");
}

function decayOf({ inputFieldNames }: FunctionSchema, parameters: Parameters): Ranker {
  const name = parameters.get("function");
  if (name === undefined) throw invalidParameter("decay function not specified");
  const number = (key: string): number | undefined => {
    const text = parameters.get(key);
    return text === undefined
      ? undefined
      : numberOf(text, `decay param ${key}: ${text} is not a number`);
  };
  const origin = number("origin");
  if (origin === undefined) throw invalidParameter("decay origin not specified");
  const scale = number("scale");
  if (scale === undefined) throw invalidParameter("decay scale not specified");
  if (inputFieldNames.length !== 1) {
    throw invalidParameter(
      `rerank_builder: decay reranker requires exactly 1 input field, got ${inputFieldNames.length}`,
    );
  }
  const [offset, decay] = [number("offset"), number("decay")];
  const scoreMode = parameters.get("score_mode")?.toLowerCase();
  return {
    kind: "decay",
    field: inputFieldNames[0],
    // The engine refuses names that it does not know.
    function: name.toLowerCase() as "gauss",
    origin,
    scale,
    normalize: isTrue(parameters.get("norm_score")),
    ...(offset !== undefined && { offset }),
    ...(decay !== undefined && { decay }),
    ...(scoreMode !== undefined && { scoreMode: scoreMode as "max" }),
  };
}

/** Models run elsewhere, and Redkite calls nobody. What Milvus finds wrong first is told first. */
function refusedModel({ inputFieldNames }: FunctionSchema, parameters: Parameters): Error {
  if (inputFieldNames.length !== 1) {
    return invalidParameter(
      `rerank_builder: model reranker requires exactly 1 input field, got ${inputFieldNames.length}`,
    );
  }
  if (!parameters.has("queries")) {
    return invalidParameter("rerank_builder: rerank function missing required param: queries");
  }
  return unsupported("model reranker (a service that ranks texts)");
}

function boostOf(parameters: Parameters, functions: readonly BoostFunction[]): Boost {
  // The engine refuses modes that it does not know.
  const boostMode = parameters.get("boost_mode")?.toLowerCase() as Boost["boostMode"];
  const functionMode = parameters.get("function_mode")?.toLowerCase() as Boost["functionMode"];
  return {
    functions,
    ...(boostMode && { boostMode }),
    ...(functionMode && { functionMode }),
  };
}

function boostFunctionOf(parameters: Parameters): BoostFunction {
  const weight = parameters.get("weight");
  if (weight === undefined) throw invalidParameter("must set weight params for weight scorer");
  const filter = parameters.get("filter");
  return {
    weight: numberOf(
      weight,
      `parse function scorer weight params failed with error: {parsing "${weight}": invalid syntax}`,
    ),
    ...(filter !== undefined && { filter }),
    ...(parameters.has("random_score") && { random: randomOf(parameters) }),
  };
}

function randomOf(parameters: Parameters): NonNullable<BoostFunction["random"]> {
  const given = jsonOf(parameters, "random_score");
  const { seed, field } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (field !== undefined && typeof field !== "string") {
    throw invalidParameter("random seed field name must be string");
  }
  if (seed !== undefined && (typeof seed !== "number" || !Number.isFinite(seed))) {
    throw invalidParameter("random seed must be number");
  }
  return {
    ...(field !== undefined && { field }),
    ...(seed !== undefined && { seed: BigInt(Math.trunc(seed)) }),
  };
}

function numberOf(text: string, message: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw invalidParameter(message);
  return value;
}
