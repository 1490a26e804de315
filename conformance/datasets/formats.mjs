/** The formats in which datasets go to FiftyOne and back, and what of a sample each can say. */

/**
 * @typedef {object} Format one of `FORMATS` in `python/fiftyone_datasets.py`, by its name
 * @property {string} format as we name it
 * @property {object} [reading] options of our import
 * @property {object} [writing] options of our export
 * @property {"all" | string[]} members of labels that the format has; `all` means ids, times and metadata too
 * @property {boolean} [tags] whether it has the samples'
 * @property {boolean} [unlabelled] whether images without labels stay; they do unless said
 * @property {string[]} [unseen] fields that we have under another form, which only come back the same
 * @property {string[]} [oneWay] fields that FiftyOne writes and does not read
 * @property {boolean} [numbered] whether it numbers the classes, so that they have an order
 */

const BOX = ["label", "bounding_box"];
const CSV_FIELDS = ["weather", "count", "score", "name", "flag"];

/** @type {Record<string, Format>} */
export const FORMATS = {
  fiftyone: {
    format: "fiftyone",
    members: "all",
    tags: true,
    unseen: ["heat"],
    oneWay: ["created_at"],
  },
  coco: {
    format: "coco",
    reading: { labelField: "boxes" },
    writing: { labelField: "boxes" },
    members: BOX,
    numbered: true,
  },
  "coco-masks": {
    format: "coco",
    reading: { labelField: "masks" },
    writing: { labelField: "masks" },
    members: [...BOX, "mask"],
  },
  "coco-areas": {
    format: "coco",
    reading: { labelField: { polylines: "areas" } },
    writing: { labelField: "areas" },
    members: ["label", "points", "filled"],
  },
  "coco-keypoints": {
    format: "coco",
    reading: { labelField: { keypoints: "joints" } },
    writing: { labelField: "joints" },
    members: ["label", "points"],
  },
  yolov5: {
    format: "yolov5",
    reading: { labelField: "boxes" },
    writing: { labelField: "boxes", splits: ["val"] },
    members: BOX,
    numbered: true,
  },
  voc: {
    format: "voc",
    reading: { labelField: "boxes" },
    writing: { labelField: "boxes" },
    members: BOX,
  },
  cvat: {
    format: "cvat",
    reading: { labelField: "boxes" },
    writing: { labelField: "boxes" },
    members: BOX,
    unlabelled: false,
  },
  "cvat-lines": {
    format: "cvat",
    reading: { labelField: { polylines: "lines" } },
    writing: { labelField: "lines" },
    members: ["label", "points", "closed", "lanes", "occluded"],
    unlabelled: false,
  },
  "cvat-keypoints": {
    format: "cvat",
    reading: { labelField: { keypoints: "joints" } },
    writing: { labelField: "joints" },
    members: ["label", "points"],
    unlabelled: false,
  },
  "class-directory-tree": {
    format: "class-directory-tree",
    reading: { labelField: "weather" },
    writing: { labelField: "weather" },
    members: ["label"],
  },
  csv: {
    format: "csv",
    reading: { columnTypes: { count: "int", score: "float", flag: "bool" } },
    writing: { fields: CSV_FIELDS },
    members: ["label", "confidence"],
    tags: true,
    oneWay: ["weather"],
  },
  "image-directory": { format: "image-directory", members: [] },
};
