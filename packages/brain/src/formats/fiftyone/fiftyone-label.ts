import { BrainError } from "../../base/brain-error.ts";
import {
  isLabelListType,
  isSingleLabelType,
  type LabelMember,
  labelLists,
  labelMembers,
} from "../../schema/label-shape.ts";
import type { JsonValue, Label, Mask, SingleLabelType } from "../../schema/labels.ts";
import type { ImportLog } from "../import-log.ts";
import {
  binary,
  binaryIn,
  type ExtendedJson,
  type ExtendedObject,
  idIn,
  isObject,
  numberIn,
  objectId,
  plainJson,
} from "./extended-json.ts";
import { typesWithAttributes } from "./fiftyone-field.ts";
import { decodeNumpy, encodeNumpy } from "./numpy-array.ts";

/** The attribute that says which points of a keypoint FiftyOne has as not a number. */
export const missingPoints = "missingPoints";

const geoTypes: Readonly<Record<string, string>> = {
  point: "Point",
  line: "LineString",
  polygon: "Polygon",
};

/**
 * A label as FiftyOne stores it. `undefined` when it is of a type that we have not. Whatever has no
 * member of its own becomes an attribute. Throws `format-invalid`.
 */
export function labelOfDocument(document: ExtendedObject, log: ImportLog): Label | undefined {
  const type = String(document["_cls"]);
  if (isLabelListType(type)) {
    const { member, element } = labelLists[type];
    const inner = document[member] ?? [];
    if (!Array.isArray(inner)) throw wrong(type, member, inner);
    const labels = inner.map((entry: ExtendedJson) => {
      if (!isObject(entry)) throw wrong(type, member, entry);
      return membersOf(element, entry, log);
    });
    // The member and its labels are those of the type, by the table.
    return { type, [member]: labels } as object as Label;
  }
  if (!isSingleLabelType(type)) return undefined;
  return { type, ...membersOf(type, document, log) } as object as Label;
}

function membersOf(
  type: SingleLabelType,
  document: ExtendedObject,
  log: ImportLog,
): Record<string, unknown> {
  const label: Record<string, unknown> = {};
  const attributes: Record<string, JsonValue> = {};
  const { _cls: _, _id, attributes: typed = null, points = null, tags = null, ...rest } = document;
  const id = idIn(_id);
  if (id !== undefined) label["id"] = id;
  if (Array.isArray(tags) && tags.length > 0) label["tags"] = tags;
  Object.assign(attributes, typedAttributes(typed));
  const members = new Map(labelMembers[type].map((member) => [member.column, member]));
  if (type === "Keypoint" && points !== null) takePoints(points, label, attributes);
  else if (points !== null && members.has("points")) label["points"] = plainJson(points);
  else if (points !== null) attributes["points"] = attributeOf(points);
  for (const [key, value] of Object.entries(rest)) {
    if (value === null) continue;
    const member = members.get(key);
    if (member === undefined) {
      attributes[key] = attributeOf(value);
      continue;
    }
    const found = memberOf(member, value, type);
    if (found === undefined) log.ignore(`${key} that is not a number`);
    else label[member.name] = found;
  }
  if (Object.keys(attributes).length > 0) label["attributes"] = attributes;
  return label;
}

function memberOf(member: LabelMember, value: ExtendedJson, type: string): unknown {
  const { kind, column } = member;
  if (kind === "mask") return maskOf(value, type);
  const geoType = type === "GeoLocation" ? geoTypes[column] : undefined;
  if (geoType !== undefined) {
    if (!isObject(value) || value["type"] !== geoType) throw wrong(type, column, value);
    return plainJson(value["coordinates"] ?? null);
  }
  const plain = plainJson(value);
  if (kind === "number" || kind === "int") {
    const number = numberIn(value);
    if (number === undefined) throw wrong(type, column, value);
    return Number.isFinite(number) ? number : undefined;
  }
  if (kind === "numbers" && Array.isArray(plain)) {
    // What is not a number stayed an object.
    return plain.every((number) => typeof number === "number") ? plain : undefined;
  }
  return plain;
}

/** Points that are not seen are not a number: they are at the corner here, and an attribute says so. */
function takePoints(
  value: ExtendedJson,
  label: Record<string, unknown>,
  attributes: Record<string, JsonValue>,
): void {
  if (!Array.isArray(value)) throw wrong("Keypoint", "points", value);
  const missing: number[] = [];
  label["points"] = value.map((point: ExtendedJson, index) => {
    const [x, y] = Array.isArray(point) ? point.map(numberIn) : [];
    if (x === undefined || y === undefined) throw wrong("Keypoint", "points", point);
    if (Number.isFinite(x) && Number.isFinite(y)) return [x, y];
    missing.push(index);
    return [0, 0];
  });
  if (missing.length > 0) attributes[missingPoints] = missing;
}

/** `{ occluded: { _cls: "BooleanAttribute", value: true } }`, as labels once had them. */
function typedAttributes(value: ExtendedJson): Record<string, JsonValue> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, attribute]) => [
      name,
      isObject(attribute) && "value" in attribute
        ? plainJson(attribute["value"])
        : plainJson(attribute),
    ]),
  );
}

/** Logits and the like are lists here; what is no list of numbers stays as it is. */
function attributeOf(value: ExtendedJson): JsonValue {
  const base64 = binaryIn(value);
  if (base64 === undefined) return plainJson(value);
  const { shape, values } = decodeNumpy(base64);
  const numbers = Array.from(values);
  return shape.length === 1 && numbers.every(Number.isFinite) ? numbers : value;
}

function maskOf(value: ExtendedJson, type: string): Mask {
  const base64 = binaryIn(value);
  if (base64 === undefined) throw wrong(type, "mask", value);
  const { shape, values } = decodeNumpy(base64);
  const [height, width] = shape;
  const data = Uint8Array.from(values);
  if (shape.length !== 2 || !data.every((byte, at) => byte === values[at])) {
    throw new BrainError(
      "unsupported",
      `A ${type} has a mask of shape ${shape.join(" x ")}: expected two dimensions of whole numbers ` +
        "from 0 to 255",
    );
  }
  return { width, height, data };
}

/** The label as FiftyOne stores it. */
export function documentOfLabel(label: Label, drop: (what: string) => void): ExtendedObject {
  const { type } = label;
  if (!isLabelListType(type)) return documentOf(type, label, drop);
  const { member, element } = labelLists[type];
  const inner: unknown = Reflect.get(label, member);
  const labels = Array.isArray(inner) ? inner : [];
  return { _cls: type, [member]: labels.map((entry: object) => documentOf(element, entry, drop)) };
}

function documentOf(
  type: SingleLabelType,
  label: object,
  drop: (what: string) => void,
): ExtendedObject {
  const document: Record<string, ExtendedJson> = { _cls: type, tags: [] };
  if (typesWithAttributes.has(type)) document["attributes"] = {};
  // Labels are read by the names of the table.
  const values = label as Readonly<Record<string, unknown>>;
  const attributes = (values["attributes"] ?? {}) as Readonly<Record<string, JsonValue>>;
  putAttributes(document, type, attributes, drop);
  for (const { name, column, kind } of labelMembers[type]) {
    const value = values[name];
    if (value === undefined || value === null || kind === "json") continue;
    const geoType = type === "GeoLocation" ? geoTypes[column] : undefined;
    if (kind === "id") document["_id"] = objectId(String(value));
    else if (kind === "mask") document[column] = documentOfMask(value as Mask, type);
    else if (geoType !== undefined) {
      document[column] = { type: geoType, coordinates: value as JsonValue };
    } else document[column] = value as JsonValue;
  }
  const missing = attributes[missingPoints];
  if (type === "Keypoint" && Array.isArray(missing)) unplace(document, missing);
  return document;
}

/** Attributes stand beside the members there: one that is named as a member would be taken for it. */
function putAttributes(
  document: Record<string, ExtendedJson>,
  type: SingleLabelType,
  attributes: Readonly<Record<string, JsonValue>>,
  drop: (what: string) => void,
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === missingPoints) continue;
    const isTaken = name === "_id" || name === "_cls";
    if (isTaken || labelMembers[type].some(({ column }) => column === name)) {
      drop(`attribute ${name} of labels`);
    } else document[name] = documentOfAttribute(name, value);
  }
}

function documentOfAttribute(name: string, value: JsonValue): ExtendedJson {
  const isVector = name === "logits" && Array.isArray(value);
  if (!isVector) return value;
  return binary(encodeNumpy("f8", [value.length], value.map(Number)));
}

/** A detection's mask is true or false, a segmentation's is numbers of classes. */
function documentOfMask(mask: Mask, type: SingleLabelType): ExtendedObject {
  const numbers =
    type === "Segmentation" ? "u1" : mask.data.every((byte) => byte < 2) ? "b1" : "u1";
  return binary(encodeNumpy(numbers, [mask.height, mask.width], mask.data));
}

function unplace(document: Record<string, ExtendedJson>, missing: readonly JsonValue[]): void {
  const { points } = document;
  if (!Array.isArray(points)) return;
  const nowhere = { $numberDouble: "NaN" };
  document["points"] = points.map((point: JsonValue, index) =>
    missing.includes(index) ? [nowhere, nowhere] : point,
  );
}

function wrong(type: string, member: string, value: unknown): BrainError {
  const shown = JSON.stringify(value).slice(0, 80);
  return new BrainError("format-invalid", `a ${type} has ${member} of another form: ${shown}`);
}
