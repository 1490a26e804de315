import type { FieldInfo, ScalarType } from "../../schema/field.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelLists,
  labelMembers,
  type MemberKind,
} from "../../schema/label-shape.ts";
import type { LabelType, SingleLabelType } from "../../schema/labels.ts";
import { type ExtendedJson, type ExtendedObject, isObject } from "./extended-json.ts";

const fieldModule = "fiftyone.core.fields.";
const labelModule = "fiftyone.core.labels.";

const scalarTypes: Readonly<Record<string, ScalarType>> = {
  BooleanField: "bool",
  DateField: "date",
  DateTimeField: "datetime",
  FloatField: "float",
  IntField: "int",
  ObjectIdField: "string",
  StringField: "string",
};

const scalarFields: Readonly<Record<ScalarType, string>> = {
  bool: "BooleanField",
  date: "DateField",
  datetime: "DateTimeField",
  float: "FloatField",
  int: "IntField",
  string: "StringField",
};

/** The types whose labels have the older, typed attributes beside their own. */
export const typesWithAttributes: ReadonlySet<string> = new Set([
  "Detection",
  "Polyline",
  "Keypoint",
]);

/** FiftyOne's own fields of samples, which ours have under other names or not at all. */
export const standardFieldNames: ReadonlySet<string> = new Set(
  "id filepath tags metadata created_at last_modified_at".split(" "),
);

/**
 * A field by FiftyOne's description of it. `undefined` where its values say more: the size of a
 * vector, the type of a list. Labels of types that we have not are dicts.
 */
export function fieldOfDocument(document: ExtendedObject): FieldInfo | undefined {
  const name = String(document["name"]);
  const ftype = lastPart(document["ftype"]);
  const description = document["description"];
  const rest = typeof description === "string" ? { description } : {};
  const scalar = scalarTypes[ftype];
  if (scalar !== undefined) return { name, type: scalar, ...rest };
  if (ftype === "ListField") {
    const elementType = scalarTypes[lastPart(document["subfield"])];
    return elementType === undefined ? undefined : { name, type: "list", elementType, ...rest };
  }
  if (ftype === "EmbeddedDocumentField") {
    const type = lastPart(document["embedded_doc_type"]);
    return { name, type: isLabelType(type) ? type : "dict", ...rest };
  }
  return ftype === "DictField" ? { name, type: "dict", ...rest } : undefined;
}

function lastPart(value: ExtendedJson | undefined): string {
  return typeof value === "string" ? value.slice(value.lastIndexOf(".") + 1) : "";
}

/** FiftyOne's description of a field, for those that every sample has and for ours. */
export function documentOfField(
  field: FieldInfo,
  shape: { readonly embedded?: string } = {},
): ExtendedObject {
  const { name, type, description = null } = field;
  if (isLabelType(type)) return labelField(name, type, description);
  if (shape.embedded !== undefined) {
    const module = shape.embedded === "ImageMetadata" ? "fiftyone.core.metadata." : labelModule;
    const inner = shape.embedded === "ImageMetadata" ? metadataFields : [];
    return describe(name, "EmbeddedDocumentField", {
      embedded_doc_type: module + shape.embedded,
      fields: inner.map(([member, ftype]) => describe(member, ftype)),
      description,
    });
  }
  if (type === "list") {
    const { elementType } = field;
    const subfield = elementType === undefined ? null : fieldModule + scalarFields[elementType];
    return describe(name, "ListField", { subfield, description });
  }
  if (type === "vector") return describe(name, "VectorField", { description });
  if (type === "dict") return describe(name, "DictField", { description });
  return describe(name, scalarFields[type], { description });
}

const metadataFields = [
  ["size_bytes", "IntField"],
  ["mime_type", "StringField"],
  ["width", "IntField"],
  ["height", "IntField"],
  ["num_channels", "IntField"],
] as const;

/** GeoJSON has fields of its own. */
const geoFields: Readonly<Record<string, string>> = {
  point: "GeoPointField",
  line: "GeoLineStringField",
  polygon: "GeoPolygonField",
};

function labelField(name: string, type: LabelType, description: string | null): ExtendedObject {
  const element = elementLabelType(type);
  const members = membersOf(element);
  const embedded_doc_type = labelModule + type;
  const ftype = "EmbeddedDocumentField";
  if (!isLabelListType(type)) {
    return describe(name, ftype, { embedded_doc_type, fields: members, description });
  }
  const list = describe(labelLists[type].member, "ListField", {
    subfield: fieldModule + ftype,
    embedded_doc_type: labelModule + element,
    fields: members,
  });
  return describe(name, ftype, { embedded_doc_type, fields: [list], description });
}

function membersOf(type: SingleLabelType): ExtendedObject[] {
  const fields = labelMembers[type]
    // What other labels have beside their members is not declared.
    .filter(({ kind }) => kind !== "json" || typesWithAttributes.has(type))
    .map(({ column, kind }) => {
      const [ftype, subfield] = memberFields[kind];
      const ofGeo = type === "GeoLocation" ? geoFields[column] : undefined;
      return describe(column, ofGeo ?? ftype, {
        subfield: subfield === undefined ? null : fieldModule + subfield,
        embedded_doc_type: kind === "json" ? `${labelModule}Attribute` : null,
      });
    });
  if (type === "Classification") fields.push(describe("logits", "VectorField"));
  if (type === "Detection") fields.push(describe("mask_path", "StringField"));
  return fields;
}

const memberFields: Readonly<Record<MemberKind, readonly [ftype: string, subfield?: string]>> = {
  id: ["ObjectIdField"],
  text: ["StringField"],
  bool: ["BooleanField"],
  int: ["IntField"],
  number: ["FloatField"],
  texts: ["ListField", "StringField"],
  numbers: ["ListField", "FloatField"],
  box: ["ListField", "FloatField"],
  point: ["KeypointsField"],
  points: ["KeypointsField"],
  shapes: ["PolylinePointsField"],
  mask: ["ArrayField"],
  json: ["DictField", "EmbeddedDocumentField"],
};

function describe(
  name: string,
  ftype: string,
  rest: Readonly<Record<string, ExtendedJson>> = {},
): ExtendedObject {
  return {
    name,
    ftype: fieldModule + ftype,
    embedded_doc_type: null,
    subfield: null,
    fields: [],
    db_field: name === "id" ? "_id" : name,
    description: null,
    info: null,
    read_only: false,
    created_at: null,
    ...rest,
  };
}

/** The class of a document that has one, such as `Heatmap`. */
export function classOf(value: ExtendedJson | undefined): string | undefined {
  const type = isObject(value) ? value["_cls"] : undefined;
  return typeof type === "string" ? type : undefined;
}
