import { type Metric, metrics } from "@redkite/engine";
import { invalidParameter } from "../errors.ts";

interface Range {
  readonly min: number;
  readonly max: number;
}

const intMax = 2_147_483_647;
const nlist = { nlist: { min: 1, max: 65_536 } };
const hnsw = { M: { min: 2, max: 2048 }, efConstruction: { min: 1, max: intMax } };
const productQuantizer = { m: { min: 1, max: 65_536 }, nbits: { min: 1, max: 24 } };

/** The integer parameters that index types are built with (knowhere's limits). */
const buildParameters: Readonly<Record<string, Readonly<Record<string, Range>>>> = {
  IVF_FLAT: nlist,
  IVF_SQ8: nlist,
  IVF_PQ: { ...nlist, ...productQuantizer },
  IVF_RABITQ: nlist,
  SCANN: nlist,
  HNSW: hnsw,
  HNSW_SQ: hnsw,
  HNSW_PQ: { ...hnsw, ...productQuantizer },
  HNSW_PRQ: { ...hnsw, ...productQuantizer, nrq: { min: 1, max: 16 } },
};

export const autoIndex = "AUTOINDEX";

/**
 * Checks the build parameters of a vector index with Milvus's texts and answers its metric.
 * `parameters` holds those of the JSON in `params` too. Whether the type exists and fits the field
 * is the engine's to say. Throws `MilvusError`.
 */
export function checkVectorIndex(type: string, parameters: ReadonlyMap<string, string>): Metric {
  if (type === autoIndex) refuseAutoIndexParameters(parameters);
  for (const [name, range] of Object.entries(buildParameters[type] ?? {})) {
    const text = parameters.get(name);
    if (text !== undefined) checkInteger(name, text, range);
  }
  return checkMetric(type, parameters.get("metric_type") ?? "");
}

function checkMetric(type: string, text: string): Metric {
  if (text === "") {
    if (type === autoIndex) return "COSINE";
    throw invalidParameter("metric type not set for vector index");
  }
  const metric = metrics.find((name) => name === text.toUpperCase());
  if (metric !== undefined) return metric;
  throw invalidParameter(`float vector index does not support metric type: ${text}`);
}

/** Beside the type and the metric, what is about where Milvus keeps the index. */
const autoIndexParameters = new Set(["index_type", "metric_type", "mmap.enabled", "warmup"]);

function refuseAutoIndexParameters(parameters: ReadonlyMap<string, string>): void {
  for (const name of parameters.keys()) {
    if (autoIndexParameters.has(name)) continue;
    throw invalidParameter("only metric type can be passed when use AutoIndex");
  }
}

function checkInteger(name: string, text: string, { min, max }: Range): void {
  if (/^-?\d+\.\d*$/.test(text)) {
    throw invalidParameter(`wrong data type in json, key: '${name}', value: '${text}'`);
  }
  if (!/^-?\d+$/.test(text)) {
    throw invalidParameter(`invalid integer value, key: '${name}', value: '${text}'`);
  }
  const value = Number(text);
  if (value >= min && value <= max) return;
  throw invalidParameter(
    `Out of range in json: param '${name}' (${text}) should be in range [${min}, ${max}]`,
  );
}
