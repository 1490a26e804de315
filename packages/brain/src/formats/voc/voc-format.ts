import type { DatasetFormat } from "../dataset-format.ts";
import { readVoc } from "./read-voc.ts";
import { writeVoc } from "./write-voc.ts";

/** Pascal VOC: an XML file for each image. */
export const vocFormat: DatasetFormat = {
  name: "voc",
  summary: "Pascal VOC: data/ and labels/, an XML file an image, corners in pixels",
  labelKinds: ["detections"],
  hasSplits: false,
  read: readVoc,
  write: writeVoc,
};
