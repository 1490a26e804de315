import { vectorIndexTypes } from "@redkite/engine";
import { DataType } from "../../src/wire/gen/schema_pb.ts";
import { Harness, schemaBytes, statusOf } from "../service/service-harness.ts";
import { indexDifferences } from "./differences.ts";
import type { Outcome, Row } from "./outcome.ts";

/** Every index type that Milvus knows, those for GPUs by one of them. */
const names = [
  "AUTOINDEX",
  "FLAT",
  "IVF_FLAT",
  "IVF_SQ8",
  "IVF_PQ",
  "IVF_RABITQ",
  "SCANN",
  "HNSW",
  "HNSW_SQ",
  "HNSW_PQ",
  "HNSW_PRQ",
  "DISKANN",
  "AISAQ",
  "FAISS",
  "GPU_CAGRA",
  "BIN_FLAT",
  "BIN_IVF_FLAT",
  "MINHASH_LSH",
  "SPARSE_INVERTED_INDEX",
  "SPARSE_WAND",
  "INVERTED",
  "BITMAP",
  "STL_SORT",
  "TRIE",
  "NGRAM",
  "RTREE",
];

const pair = (key: string, value: string): { key: string; value: string } => ({ key, value });
const dim = [pair("dim", "8")];

const fields = [
  { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
  { name: "FloatVector", dataType: DataType.FloatVector, typeParams: dim },
  { name: "Float16Vector", dataType: DataType.Float16Vector, typeParams: dim },
  { name: "BFloat16Vector", dataType: DataType.BFloat16Vector, typeParams: dim },
  { name: "Int8Vector", dataType: DataType.Int8Vector, typeParams: dim },
  { name: "BinaryVector", dataType: DataType.BinaryVector, typeParams: dim },
  { name: "SparseFloatVector", dataType: DataType.SparseFloatVector },
  { name: "Bool", dataType: DataType.Bool },
  { name: "Int64", dataType: DataType.Int64 },
  { name: "Double", dataType: DataType.Double },
  { name: "VarChar", dataType: DataType.VarChar, typeParams: [pair("max_length", "16")] },
  { name: "JSON", dataType: DataType.JSON },
  {
    name: "Array",
    dataType: DataType.Array,
    elementType: DataType.Int64,
    typeParams: [pair("max_capacity", "4")],
  },
  { name: "Timestamptz", dataType: DataType.Timestamptz },
  { name: "Geometry", dataType: DataType.Geometry },
];

const parameters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  IVF_PQ: { m: "4" },
  HNSW_PQ: { m: "4" },
  AUTOINDEX: { json_path: 'JSON["k"]', json_cast_type: "varchar" },
  INVERTED: { json_path: 'JSON["k"]', json_cast_type: "varchar" },
  BITMAP: { json_path: 'JSON["k"]', json_cast_type: "varchar" },
  NGRAM: { min_gram: "2", max_gram: "3", json_path: 'JSON["k"]', json_cast_type: "varchar" },
};

/** Every index type, with the types of fields that take it and its parameters. */
export async function indexRows(): Promise<Row[]> {
  const harness = await Harness.open();
  const rows: Row[] = [];
  for (const type of names) {
    const taken: string[] = [];
    let refusal: Outcome | undefined;
    for (const field of fields.slice(1)) {
      const { code, reason } = await tryIndex(harness, type, field);
      if (code === 0) taken.push(field.name);
      else refusal ??= { kind: "refused", code, text: reason };
    }
    const difference = indexDifferences[type];
    const outcome =
      taken.length > 0 || refusal === undefined ? { kind: "works" as const } : refusal;
    rows.push({
      name: `\`${type}\``,
      details: [taken.join(", "), parametersOf(type, "build"), parametersOf(type, "search")],
      outcome,
      ...(difference && { difference }),
    });
  }
  await harness.close();
  return rows;
}

let created = 0;

async function tryIndex(
  harness: Harness,
  type: string,
  field: (typeof fields)[number],
): Promise<ReturnType<typeof statusOf>> {
  created++;
  const collectionName = `indexes_${created}`;
  const isVector = field.name.endsWith("Vector");
  const vector = isVector ? [] : [fields[1]];
  const schema = schemaBytes({ fields: [fields[0], ...vector, field] });
  await harness.ok("createCollection", { collectionName, schema });
  const given = Object.entries(parameters[type] ?? {});
  const extraParams = [
    pair("index_type", type),
    ...(isVector ? [pair("metric_type", metricOf(type, field.name))] : []),
    ...given
      .filter(([name]) => !name.startsWith("json") || field.name === "JSON")
      .map(([name, value]) => pair(name, value)),
  ];
  const request = { collectionName, fieldName: field.name, extraParams };
  return statusOf(await harness.call("createIndex", request));
}

function metricOf(type: string, field: string): string {
  if (type === "MINHASH_LSH") return "MHJACCARD";
  if (field === "BinaryVector") return "HAMMING";
  return field === "SparseFloatVector" ? "IP" : "COSINE";
}

/** The names of the parameters that the index type takes, with their defaults. */
function parametersOf(type: string, kind: "build" | "search"): string {
  const found = Object.entries(vectorIndexTypes).find(([name]) => name === type)?.[1];
  if (found === undefined) return "";
  return Object.entries(found[kind])
    .map(([name, rule]) => `\`${name}\`${rangeOf(rule)}`)
    .join(", ");
}

function rangeOf(rule: object): string {
  if (!("min" in rule && "max" in rule)) return "";
  const standard = "default" in rule ? `; ${rule.default}` : "";
  const max = Number(rule.max) >= 2 ** 31 - 1 ? "∞" : `${rule.max}`;
  return ` (${rule.min}…${max}${standard})`;
}
