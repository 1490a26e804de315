import type { FieldInfo, ScalarType } from "../schema/field.ts";
import {
  elementLabelType,
  isLabelListType,
  isLabelType,
  labelLists,
  labelMembers,
  type MemberKind,
} from "../schema/label-shape.ts";
import type { LabelType } from "../schema/labels.ts";
import {
  BOOLEAN,
  DATE,
  JSON_VALUE,
  listOf,
  type Member,
  NUMBER,
  type ScalarValueType,
  STRING,
  type StructValueType,
  type ValueType,
} from "./value-type.ts";

const scalarTypes: Readonly<Record<ScalarType, ScalarValueType>> = {
  bool: BOOLEAN,
  int: NUMBER,
  float: NUMBER,
  string: STRING,
  date: DATE,
  datetime: DATE,
};

const numbers = listOf(NUMBER);

const memberTypes: Readonly<Record<MemberKind, ValueType>> = {
  id: STRING,
  text: STRING,
  bool: BOOLEAN,
  int: NUMBER,
  number: NUMBER,
  texts: listOf(STRING),
  numbers,
  box: numbers,
  point: numbers,
  points: listOf(numbers),
  shapes: listOf(listOf(numbers)),
  mask: structOf("mask", [
    ["width", "width", NUMBER],
    ["height", "height", NUMBER],
  ]),
  json: JSON_VALUE,
};

const metadataType = structOf("metadata", [
  ["sizeBytes", "size_bytes", NUMBER],
  ["mimeType", "mime_type", STRING],
  ["width", "width", NUMBER],
  ["height", "height", NUMBER],
  ["numChannels", "num_channels", NUMBER],
]);

/** What the column of a field holds, and what paths find in it. */
export function valueTypeOf(field: FieldInfo): ValueType {
  const { name, type, elementType } = field;
  if (name === "metadata") return { ...metadataType, field };
  if (isLabelType(type)) return labelValueType(type, field);
  switch (type) {
    case "dict":
      return JSON_VALUE;
    case "list":
      return elementType === undefined ? JSON_VALUE : listOf(scalarTypes[elementType]);
    case "vector":
      return numbers;
    default:
      return scalarTypes[type];
  }
}

function labelValueType(type: LabelType, field: FieldInfo): ValueType {
  const single = elementLabelType(type);
  const members = labelMembers[single].map(
    ({ name, column, kind }) => [name, column, memberTypes[kind]] as const,
  );
  const label = { ...structOf(single, members), field: { ...field, type: single } };
  if (!isLabelListType(type)) return label;
  return { kind: "list", element: label, step: labelLists[type].member, field };
}

function structOf(
  name: string,
  members: readonly (readonly [name: string, column: string, type: ValueType])[],
): StructValueType {
  const entries = members.map(([member, column, type]): [string, Member] => [
    member,
    { column, type },
  ]);
  return { kind: "struct", name, members: new Map(entries) };
}
