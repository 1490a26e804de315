import type { LabelListType, LabelType, SingleLabelType } from "./labels.ts";

/** How a member of a label is checked and stored. */
export type MemberKind =
  | "id"
  | "text"
  | "bool"
  | "int"
  | "number"
  | "texts"
  | "numbers"
  | "box"
  | "point"
  | "points"
  | "shapes"
  | "mask"
  | "json";

/** A member of a label: its name in TypeScript, and in the STRUCT that stores the label. */
export interface LabelMember {
  readonly name: string;
  readonly column: string;
  readonly kind: MemberKind;
  readonly isRequired: boolean;
}

/** The SQL type of each kind. A mask's bytes are deflated, in base64: JSON can carry them. */
export const memberSqlTypes: Readonly<Record<MemberKind, string>> = {
  id: "VARCHAR",
  text: "VARCHAR",
  bool: "BOOLEAN",
  int: "BIGINT",
  number: "DOUBLE",
  texts: "VARCHAR[]",
  numbers: "DOUBLE[]",
  box: "DOUBLE[4]",
  point: "DOUBLE[2]",
  points: "DOUBLE[2][]",
  shapes: "DOUBLE[2][][]",
  mask: "STRUCT(width INTEGER, height INTEGER, deflated VARCHAR)",
  json: "JSON",
};

const id = member("id", "id");
const tags = member("tags", "texts");
const attributes = member("attributes", "json");
const label = member("label", "text", true);
const confidence = member("confidence", "number");
const index = member("index", "int");
const mask = member("mask", "mask");

/** What each type of label is made of, in the order in which it is stored. */
export const labelMembers: Readonly<Record<SingleLabelType, readonly LabelMember[]>> = {
  Classification: [id, label, confidence, tags, attributes],
  Detection: [
    id,
    label,
    member("boundingBox", "box", true),
    confidence,
    index,
    mask,
    tags,
    attributes,
  ],
  Polyline: [
    id,
    label,
    member("points", "shapes", true),
    member("closed", "bool"),
    member("filled", "bool"),
    confidence,
    index,
    tags,
    attributes,
  ],
  Keypoint: [
    id,
    member("label", "text"),
    member("points", "points", true),
    member("confidence", "numbers"),
    index,
    tags,
    attributes,
  ],
  Segmentation: [id, member("maskPath", "text"), mask, tags, attributes],
  Regression: [id, member("value", "number", true), confidence, tags, attributes],
  GeoLocation: [
    id,
    member("point", "point"),
    member("line", "points"),
    member("polygon", "shapes"),
    tags,
    attributes,
  ],
};

/** The lists of labels: the member that holds the labels, and their type. */
export const labelLists: Readonly<
  Record<LabelListType, { readonly member: string; readonly element: SingleLabelType }>
> = {
  Classifications: { member: "classifications", element: "Classification" },
  Detections: { member: "detections", element: "Detection" },
  Polylines: { member: "polylines", element: "Polyline" },
  Keypoints: { member: "keypoints", element: "Keypoint" },
};

/** Whether labels of this type are lists. */
export function isLabelListType(type: string): type is LabelListType {
  return Object.hasOwn(labelLists, type);
}

/** Whether labels of this type stand by themselves. */
export function isSingleLabelType(type: string): type is SingleLabelType {
  return Object.hasOwn(labelMembers, type);
}

export function isLabelType(type: string): type is LabelType {
  return isLabelListType(type) || isSingleLabelType(type);
}

/** The type of the labels in a field: its own, or that of the list's elements. */
export function elementLabelType(type: LabelType): SingleLabelType {
  return isLabelListType(type) ? labelLists[type].element : type;
}

/** A name in camel case as columns have it: `boundingBox` is `bounding_box`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function member(name: string, kind: MemberKind, isRequired = false): LabelMember {
  return { name, column: snakeCase(name), kind, isRequired };
}
