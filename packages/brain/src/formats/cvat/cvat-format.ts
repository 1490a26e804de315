import type { DatasetFormat } from "../dataset-format.ts";
import { readCvat } from "./read-cvat.ts";
import { writeCvat } from "./write-cvat.ts";

/** CVAT's XML of images, version 1.1. */
export const cvatFormat: DatasetFormat = {
  name: "cvat",
  summary: "CVAT for images 1.1: annotations.xml and data/, shapes and tags in pixels",
  labelKinds: ["detections", "classifications", "polylines", "keypoints"],
  hasSplits: false,
  read: readCvat,
  write: writeCvat,
};
