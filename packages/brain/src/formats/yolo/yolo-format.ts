import type { DatasetFormat } from "../dataset-format.ts";
import { readYolo } from "./read-yolo.ts";
import { writeYolo } from "./write-yolo.ts";

/** YOLOv5 and what came after: `dataset.yaml`, a text file for each image. */
export const yoloFormat: DatasetFormat = {
  name: "yolov5",
  summary: "YOLOv5 and later: dataset.yaml, images/SPLIT and labels/SPLIT, centres in shares",
  labelKinds: ["detections", "polylines"],
  hasSplits: true,
  read: readYolo,
  write: writeYolo,
};
