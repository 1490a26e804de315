/** What JSON can say. Numbers are finite. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A point as shares of the image's width and height, from its top left corner. */
export type Point = readonly [x: number, y: number];

/** Left, top, width and height as shares of the image's width and height. */
export type BoundingBox = readonly [x: number, y: number, width: number, height: number];

/** What labels have in common. */
export interface LabelBase {
  /** 24 hex digits; given when the label is stored. */
  readonly id?: string;
  readonly tags?: readonly string[];
  /** Whatever else is known of the label, by name. */
  readonly attributes?: Readonly<Record<string, JsonValue>>;
}

/** Which pixels of a box belong to the object. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  /** One byte a pixel, row by row from the top; 0 is outside. */
  readonly data: Uint8Array;
}

export interface Classification extends LabelBase {
  readonly type: "Classification";
  readonly label: string;
  readonly confidence?: number;
}

export interface Detection extends LabelBase {
  readonly type: "Detection";
  readonly label: string;
  readonly boundingBox: BoundingBox;
  readonly confidence?: number;
  /** Which object it is, where one is seen in several images. */
  readonly index?: number;
  readonly mask?: Mask;
}

export interface Polyline extends LabelBase {
  readonly type: "Polyline";
  readonly label: string;
  /** One list of points a shape. */
  readonly points: readonly (readonly Point[])[];
  readonly closed?: boolean;
  readonly filled?: boolean;
  readonly confidence?: number;
  readonly index?: number;
}

export interface Keypoint extends LabelBase {
  readonly type: "Keypoint";
  readonly label?: string;
  readonly points: readonly Point[];
  /** One number a point. */
  readonly confidence?: readonly number[];
  readonly index?: number;
}

/** The class of every pixel, in an image beside the image. */
export interface Segmentation extends LabelBase {
  readonly type: "Segmentation";
  readonly maskPath?: string;
  readonly mask?: Mask;
}

export interface Regression extends LabelBase {
  readonly type: "Regression";
  readonly value: number;
  readonly confidence?: number;
}

/** Places on earth: points are [longitude, latitude] in degrees. */
export interface GeoLocation extends LabelBase {
  readonly type: "GeoLocation";
  readonly point?: Point;
  readonly line?: readonly Point[];
  /** The outer ring, then holes. */
  readonly polygon?: readonly (readonly Point[])[];
}

/** A label inside a list may leave its type out: the list says it. */
export type Inner<L extends { readonly type: string }> = Omit<L, "type"> & {
  readonly type?: L["type"];
};

export interface Classifications {
  readonly type: "Classifications";
  readonly classifications: readonly Inner<Classification>[];
}

export interface Detections {
  readonly type: "Detections";
  readonly detections: readonly Inner<Detection>[];
}

export interface Polylines {
  readonly type: "Polylines";
  readonly polylines: readonly Inner<Polyline>[];
}

export interface Keypoints {
  readonly type: "Keypoints";
  readonly keypoints: readonly Inner<Keypoint>[];
}

/** A label by itself. */
export type SingleLabel =
  | Classification
  | Detection
  | Polyline
  | Keypoint
  | Segmentation
  | Regression
  | GeoLocation;

/** A list of labels of one type. */
export type LabelList = Classifications | Detections | Polylines | Keypoints;

export type Label = SingleLabel | LabelList;
export type LabelType = Label["type"];
export type SingleLabelType = SingleLabel["type"];
export type LabelListType = LabelList["type"];
