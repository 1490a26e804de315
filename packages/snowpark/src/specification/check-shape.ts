import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { nearestName } from "../base/nearest-name.ts";
import type { CheckedDocument, Place } from "./checked-document.ts";
import type { RecordShape, Shape } from "./shape.ts";

/** Reports everything in which a node is not as its shape has it. */
export function checkShape(
  checked: CheckedDocument,
  shape: Shape,
  node: unknown,
  place: Place,
): void {
  const value = isAlias(node) ? node.resolve(checked.document) : node;
  switch (shape.kind) {
    case "record":
      checkRecord(checked, shape, value, place);
      return;
    case "map":
      checkMap(checked, shape.of, value, place);
      return;
    case "list":
      checkList(checked, shape, value, place);
      return;
    case "either":
      checkEither(checked, shape.of, value, place);
      return;
    default:
      checkScalar(checked, shape, value, place);
  }
}

function checkRecord(
  checked: CheckedDocument,
  shape: RecordShape,
  node: unknown,
  place: Place,
): void {
  if (!isMap(node)) {
    wrongKind(checked, "keys and values", node, place);
    return;
  }
  const known = { ...shape.required, ...shape.optional };
  const seen = new Set<string>();
  for (const { key, keyNode, value } of entriesOf(node)) {
    const inner = Object.hasOwn(known, key) ? known[key] : undefined;
    seen.add(key);
    if (inner === undefined) {
      const near = nearestName(key, Object.keys(known));
      const hint = near === undefined ? "" : `. Did you mean ${near}?`;
      checked.report("unknown-key", [...place, key], `unknown key${hint}`, keyNode);
    } else {
      checkShape(checked, inner, value, [...place, key]);
    }
  }
  for (const key of Object.keys(shape.required)) {
    if (!seen.has(key)) {
      checked.report("missing-key", place, `the key ${key} is missing`, node);
    }
  }
}

function checkMap(checked: CheckedDocument, of: Shape, node: unknown, place: Place): void {
  if (!isMap(node)) {
    wrongKind(checked, "keys and values", node, place);
    return;
  }
  for (const { key, value } of entriesOf(node)) {
    checkShape(checked, of, value, [...place, key]);
  }
}

function checkList(
  checked: CheckedDocument,
  shape: Extract<Shape, { kind: "list" }>,
  node: unknown,
  place: Place,
): void {
  if (!isSeq(node)) {
    wrongKind(checked, "a list", node, place);
    return;
  }
  const items: YAMLSeq["items"] = node.items;
  if (items.length < shape.min || items.length > shape.max) {
    const message = `must have ${shape.min} to ${shape.max} entries, and has ${items.length}`;
    checked.report("bad-value", place, message, node);
  }
  for (const [index, item] of items.slice(0, shape.max).entries()) {
    checkShape(checked, shape.of, item, [...place, index]);
  }
}

function checkEither(
  checked: CheckedDocument,
  shapes: readonly Shape[],
  node: unknown,
  place: Place,
): void {
  const fitting = shapes.find((shape) => fitsOutside(shape, node)) ?? shapes[0];
  if (fitting !== undefined) {
    checkShape(checked, fitting, node, place);
  }
}

function fitsOutside(shape: Shape, node: unknown): boolean {
  if (shape.kind === "record") {
    return isMap(node);
  }
  const wanted = shape.kind === "number" ? "number" : "string";
  return isScalar(node) && typeof node.value === wanted;
}

function checkScalar(
  checked: CheckedDocument,
  shape: Extract<Shape, { kind: "text" | "boolean" | "number" | "choice" }>,
  node: unknown,
  place: Place,
): void {
  const value = isScalar(node) ? node.value : undefined;
  if (!isScalar(node)) {
    wrongKind(checked, wanted(shape), node, place);
    return;
  }
  if (!matches(shape, value)) {
    const found = typeof value === "string" ? JSON.stringify(value) : String(value);
    checked.report("bad-value", place, `must be ${wanted(shape)}, and is ${found}`, node);
  }
}

function matches(
  shape: Extract<Shape, { kind: "text" | "boolean" | "number" | "choice" }>,
  value: unknown,
): boolean {
  switch (shape.kind) {
    case "boolean":
      return typeof value === "boolean";
    case "choice":
      return typeof value === "string" && shape.of.includes(value);
    case "text":
      return typeof value === "string" && shape.pattern.test(value);
    default:
      return (
        typeof value === "number" &&
        value >= shape.min &&
        value <= shape.max &&
        (!shape.integer || Number.isSafeInteger(value))
      );
  }
}

function wanted(shape: Extract<Shape, { kind: "text" | "boolean" | "number" | "choice" }>): string {
  switch (shape.kind) {
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${shape.of.join(", ")}`;
    case "text":
      return shape.meaning;
    default:
      return `${shape.integer ? "a whole number" : "a number"} from ${shape.min} to ${shape.max}`;
  }
}

function wrongKind(
  checked: CheckedDocument,
  wantedKind: string,
  node: unknown,
  place: Place,
): void {
  const found = isMap(node) ? "keys and values" : isSeq(node) ? "a list" : "a single value";
  checked.report(
    "bad-value",
    place,
    `must be ${wantedKind}, and is ${found}`,
    isNode(node) ? node : undefined,
  );
}

interface Entry {
  readonly key: string;
  readonly keyNode: Node | undefined;
  readonly value: unknown;
}

function entriesOf(map: YAMLMap): Entry[] {
  return map.items.map(({ key, value }) => ({
    key: String(isScalar(key) ? key.value : key),
    keyNode: isNode(key) ? key : undefined,
    value,
  }));
}
