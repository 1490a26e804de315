import { BrainError } from "../base/brain-error.ts";
import { cocoFormat } from "./coco/coco-format.ts";
import { csvFormat } from "./csv/csv-format.ts";
import { cvatFormat } from "./cvat/cvat-format.ts";
import type { DatasetFormat, FormatName } from "./dataset-format.ts";
import { fiftyOneFormat } from "./fiftyone/fiftyone-format.ts";
import { classDirectoryTreeFormat } from "./image-folder/class-directory-tree-format.ts";
import { imageDirectoryFormat } from "./image-folder/image-directory-format.ts";
import { jsonlFormat } from "./jsonl/jsonl-format.ts";
import { vocFormat } from "./voc/voc-format.ts";
import { yoloFormat } from "./yolo/yolo-format.ts";

const formats: Readonly<Record<FormatName, DatasetFormat>> = {
  "image-directory": imageDirectoryFormat,
  "class-directory-tree": classDirectoryTreeFormat,
  coco: cocoFormat,
  yolov5: yoloFormat,
  voc: vocFormat,
  cvat: cvatFormat,
  csv: csvFormat,
  jsonl: jsonlFormat,
  fiftyone: fiftyOneFormat,
};

/** The format of that name. Throws `unsupported`, naming those that there are. */
export function formatNamed(name: FormatName): DatasetFormat {
  if (Object.hasOwn(formats, name)) return formats[name];
  const names = Object.keys(formats);
  throw new BrainError("unsupported", `No format '${name}'; there are ${names.join(", ")}`, {
    details: { format: name, formats: names },
  });
}

/** All formats, each with a line that says what it is. */
export function listFormats(): { name: FormatName; summary: string }[] {
  return Object.values(formats).map(({ name, summary }) => ({ name, summary }));
}
