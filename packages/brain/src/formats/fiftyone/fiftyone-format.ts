import type { DatasetFormat } from "../dataset-format.ts";
import { readFiftyOne } from "./read-fiftyone.ts";
import { writeFiftyOne } from "./write-fiftyone.ts";

/** FiftyOne's own export, with ids, tags, all fields and all labels. */
export const fiftyOneFormat: DatasetFormat = {
  name: "fiftyone",
  summary: "FiftyOneDataset: metadata.json, samples.json and data/, as FiftyOne exports it",
  labelKinds: [],
  hasSplits: false,
  read: readFiftyOne,
  write: writeFiftyOne,
};
