import {
  flattenParameters,
  type IndexDefinition,
  isIndexType,
  type Metric,
  metrics,
} from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import type { KeyValuePair } from "../wire/gen/common_pb.ts";
import { toMap } from "./key-values.ts";

const autoIndex = "AUTOINDEX";

/**
 * Reads the parameters of a CreateIndex. The engine checks them, but for one rule that is only
 * Milvus's: a vector index that is not AUTOINDEX must be given a metric. Throws `MilvusError`.
 */
export function indexDefinitionOf(
  pairs: readonly KeyValuePair[],
  isVectorField: boolean,
): Required<Pick<IndexDefinition, "type" | "params">> & Pick<IndexDefinition, "metric"> {
  const given = Object.fromEntries(toMap(pairs));
  const flat = flattenParameters(given);
  // The rest stays as given, so that it is described as given.
  const { index_type: _type, metric_type: _metric, ...params } = given;
  const type = textOf(flat["index_type"]).toUpperCase() || autoIndex;
  const metric = textOf(flat["metric_type"]);
  if (!isVectorField) return { type, params };
  if (metric !== "") return { type, params, metric: metricNamed(metric) };
  if (type === autoIndex || !isIndexType(type)) return { type, params };
  throw invalidParameter("metric type not set for vector index", {
    expected: "valid index params",
    actual: "invalid index params",
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** In whatever case it was written; what is none of ours is the engine's to refuse, as written. */
function metricNamed(text: string): Metric {
  return metrics.find((metric) => metric === text.toUpperCase()) ?? (text as Metric);
}
