import type { DatasetFormat } from "../dataset-format.ts";
import { readCsv } from "./read-csv.ts";
import { writeCsv } from "./write-csv.ts";

/** A table, a row an image. */
export const csvFormat: DatasetFormat = {
  name: "csv",
  summary: "A table: labels.csv and data/, a row an image, values and classifications",
  labelKinds: [],
  hasSplits: false,
  read: readCsv,
  write: writeCsv,
};
