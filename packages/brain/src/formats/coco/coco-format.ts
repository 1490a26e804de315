import type { DatasetFormat } from "../dataset-format.ts";
import { readCoco } from "./read-coco.ts";
import { writeCoco } from "./write-coco.ts";

/** COCO: one `labels.json` beside the images, coordinates in pixels. */
export const cocoFormat: DatasetFormat = {
  name: "coco",
  summary: "COCO: labels.json and data/, boxes, polygons, masks and keypoints in pixels",
  labelKinds: ["detections", "polylines", "keypoints"],
  hasSplits: false,
  read: readCoco,
  write: writeCoco,
};
