import { unreachable } from "../base/assert.ts";
import { EngineError } from "../base/errors.ts";
import type { CollectionSchema, Field } from "../schema/collection-schema.ts";
import { infoOf } from "../schema/data-type.ts";
import { fieldNamed } from "../schema/define-schema.ts";
import type { DecayRanker, Ranker } from "./request.ts";

/** A ranker that is complete and right for its searches. */
export type CheckedRanker =
  | { readonly kind: "rrf"; readonly k: number }
  | { readonly kind: "weighted"; readonly weights: readonly number[]; readonly normalize: boolean }
  | CheckedDecay;

export interface CheckedDecay {
  readonly kind: "decay";
  readonly field: Field;
  readonly scoreMode: "max" | "sum" | "avg";
  readonly normalize: boolean;
  /** From a value of the field to a factor from 0 to 1. */
  readonly factorOf: (value: number) => number;
}

const defaultRrfK = 60;
const rrfKLimit = 16_384;
const decayMin = 0.001;
const decayMax = 0.999;

/** Checks a ranker for so many searches. Throws `invalid-parameter` with Milvus's texts. */
export function checkRanker(
  schema: CollectionSchema,
  ranker: Ranker,
  searchCount: number,
): CheckedRanker {
  switch (ranker.kind) {
    case "rrf":
      return { kind: "rrf", k: checkK(ranker.k ?? defaultRrfK) };
    case "weighted": {
      const { weights, normalize = false } = ranker;
      return { kind: "weighted", weights: checkWeights(weights, searchCount), normalize };
    }
    case "decay":
      return checkDecay(schema, ranker);
    default:
      return unreachable(ranker);
  }
}

function checkK(k: number): number {
  if (k > 0 && k < rrfKLimit) return k;
  throw invalid(`The rank params k should be in range (0, ${rrfKLimit})`, { found: k });
}

function checkWeights(weights: readonly number[], searchCount: number): readonly number[] {
  if (weights.length === 0) {
    throw invalid("rerank_builder: weighted reranker requires weights parameter");
  }
  if (weights.some((weight) => !(weight >= 0 && weight <= 1))) {
    throw invalid("rank param weight should be in range [0, 1]");
  }
  if (weights.length === searchCount) return weights;
  throw invalid("the length of weights param mismatch with ann search requests", {
    expected: searchCount,
    actual: weights.length,
  });
}

function checkDecay(schema: CollectionSchema, ranker: DecayRanker): CheckedDecay {
  const { scoreMode = "max", normalize = false } = ranker;
  const field = decayField(schema, ranker.field);
  if (!["max", "sum", "avg"].includes(scoreMode)) {
    throw invalid(`unsupported score_mode: ${scoreMode}, only supports [max, sum, avg]`);
  }
  return { kind: "decay", field, scoreMode, normalize, factorOf: decayFactor(ranker) };
}

function decayField(schema: CollectionSchema, name: string): Field {
  const field = fieldNamed(schema, name);
  if (field === undefined) {
    throw invalid(`rerank_builder: input field ${name} not found in collection schema`);
  }
  const { family } = infoOf(field.type);
  if (family === "integer" || family === "float") return field;
  // Milvus refuses Timestamptz too.
  throw invalid(`rerank_builder: decay input field ${name} must be numeric, got ${field.type}`);
}

function decayFactor(ranker: DecayRanker): (value: number) => number {
  const { function: name, origin, scale, offset = 0, decay = 0.5 } = ranker;
  if (!Number.isFinite(origin)) throw invalid(`decay param origin: ${origin} is not a number`);
  if (!(scale > 0)) throw invalid(`rerank_builder: decay: scale must be > 0, got ${fixed(scale)}`);
  if (!(offset >= 0)) {
    throw invalid(`rerank_builder: decay: offset must be >= 0, got ${fixed(offset)}`);
  }
  if (!(decay > 0 && decay < 1)) {
    throw invalid(`rerank_builder: decay: decay must be 0 < decay < 1, got ${fixed(decay)}`);
  }
  if (decay < decayMin || decay > decayMax) {
    throw invalid(
      `rerank_builder: decay: decay must be between ${fixed(decayMin)} and ${fixed(decayMax)} for numerical stability, got ${fixed(decay)}`,
    );
  }
  const distanceOf = (value: number): number => Math.max(0, Math.abs(value - origin) - offset);
  switch (name) {
    case "gauss":
      return (value) => Math.exp((distanceOf(value) ** 2 * Math.log(decay)) / scale ** 2);
    case "exp":
      return (value) => Math.exp((Math.log(decay) / scale) * distanceOf(value));
    case "linear":
      return (value) => Math.max(decay, 1 - ((1 - decay) / scale) * distanceOf(value));
    default:
      throw invalid(
        `rerank_builder: decay: invalid function "${String(name)}", must be one of [gauss, exp, linear]`,
      );
  }
}

/** A number as Go's `%f` writes it, which Milvus's texts have. */
function fixed(value: number): string {
  return value.toFixed(6);
}

function invalid(message: string, details: Readonly<Record<string, number>> = {}): EngineError {
  return new EngineError("invalid-parameter", message, { details });
}
