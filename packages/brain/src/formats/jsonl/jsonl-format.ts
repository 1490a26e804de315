import type { DatasetFormat } from "../dataset-format.ts";
import { readJsonl } from "./read-jsonl.ts";
import { writeJsonl } from "./write-jsonl.ts";

/** Our own: a JSON object a line, nothing lost. */
export const jsonlFormat: DatasetFormat = {
  name: "jsonl",
  summary: "JSON lines: samples.jsonl and data/, a sample a line, with all of its fields",
  labelKinds: [],
  hasSplits: false,
  read: readJsonl,
  write: writeJsonl,
};
