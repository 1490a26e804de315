import type { FieldInfo } from "../schema/field.ts";
import type { JsonValue } from "../schema/labels.ts";
import type { NewSample, Sample } from "../schema/sample.ts";
import type { ImportLog } from "./import-log.ts";
import type { MediaExport } from "./media-export.ts";

/** The formats that datasets are read from and written to. */
export type FormatName =
  | "class-directory-tree"
  | "coco"
  | "csv"
  | "cvat"
  | "fiftyone"
  | "image-directory"
  | "jsonl"
  | "voc"
  | "yolov5";

/** Which fields take, or give, the labels of each kind. A kind without a field is left out. */
export interface LabelFields {
  readonly classifications?: string;
  readonly detections?: string;
  readonly polylines?: string;
  readonly keypoints?: string;
}

export type LabelKind = keyof LabelFields;

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** The size of the image of a file. */
export type MeasureImage = (filepath: string) => Promise<ImageSize>;

/** What is known of a dataset as a whole. */
export interface DatasetDescription {
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly info?: Readonly<Record<string, JsonValue>>;
  /** Of its labels, in the order of their numbers. */
  readonly classes?: readonly string[];
  /** Fields that the samples have, where the format names their types. */
  readonly fields?: readonly FieldInfo[];
}

/** What to read, and how. All paths are absolute. */
export interface ReadSource {
  /** The folder of the dataset, or its one file. */
  readonly path: string;
  /** Where the images are, if not where the format has them. */
  readonly dataPath?: string;
  /** The file or folder of the labels, if not where the format has them. */
  readonly labelsPath?: string;
  readonly labelFields: LabelFields;
  /** Only these parts, of a format that has parts of its own. */
  readonly splits?: readonly string[];
  /** Whether the ids that the format gives its images become a field (`coco_id`, `cvat_id`). */
  readonly includeId: boolean;
  /** Whether samples without an image file are broken; else they are taken as they are. */
  readonly requireMedia: boolean;
  /** The types of a table's columns; `string` where none is given. */
  readonly columnTypes?: Readonly<Record<string, ColumnType>>;
  /** Whether the corners of boxes are pixels that belong to them, counted from 1 (VOC). */
  readonly inclusiveCorners?: boolean;
  readonly measureImage: MeasureImage;
  readonly log: ImportLog;
}

export type ColumnType = "bool" | "int" | "float" | "string" | "date" | "datetime" | "json";

/** A dataset as a format gives it: what it says of the whole, then its samples. */
export interface ReadResult {
  /** Complete once all samples are read. */
  readonly description: DatasetDescription;
  readonly samples: AsyncIterable<NewSample>;
}

/** Where to write, and how. */
export interface WriteTarget {
  /** The folder; it exists and is the format's own. */
  readonly folder: string;
  readonly labelFields: LabelFields;
  /** The classes whose labels are written, in the order of their numbers. All when missing. */
  readonly classes?: readonly string[];
  /** The fields to write, of a format that holds fields. All when missing. */
  readonly fields?: readonly string[];
  /** The tags that are parts, of a format that has parts of its own. */
  readonly splits?: readonly string[];
  readonly inclusiveCorners?: boolean;
  readonly description: DatasetDescription;
  readonly datasetName: string;
  readonly media: MediaExport;
  readonly measureImage: MeasureImage;
  /** Counts what the format cannot hold. */
  drop(what: string, count?: number): void;
}

/** A way to keep a dataset in files. Readers and writers know nothing of databases. */
export interface DatasetFormat {
  readonly name: FormatName;
  /** A line for people: what it is. */
  readonly summary: string;
  /** The kinds of labels that it holds; a plain `labelField` names the first one's field. */
  readonly labelKinds: readonly LabelKind[];
  /** Whether it keeps parts (train, val) itself; else each part is a folder of the format. */
  readonly hasSplits: boolean;
  read(source: ReadSource): Promise<ReadResult>;
  write(samples: AsyncIterable<Sample>, target: WriteTarget): Promise<void>;
}
