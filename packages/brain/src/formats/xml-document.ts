import { XMLParser, XMLValidator } from "fast-xml-parser";
import { BrainError, messageOf } from "../base/brain-error.ts";
import type { ImportLog } from "./import-log.ts";

/** An element of an XML file. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly inside. */
  readonly text: string;
}

/** As the parser gives it: one key for the name with the children, one for the attributes. */
type RawNode = Readonly<Record<string, unknown>>;

const attributesKey = ":@";
const textKey = "#text";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Characters by their numbers are read with these only.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/**
 * The file's root element; `undefined` where the log takes down that there is none, and where it is not
 * XML, or XML that is nested or defined too richly for annotations.
 */
export function parseXml(text: string, file: string, log: ImportLog): XmlElement | undefined {
  const checked = XMLValidator.validate(text);
  if (checked !== true) {
    const { line, msg } = checked.err;
    log.reject({ file, line, message: `not XML: ${msg}` });
    return undefined;
  }
  const nodes = nodesOf(text, file, log);
  if (nodes === undefined) return undefined;
  const [root] = elementsOf(nodes);
  if (root === undefined) log.reject({ file, message: "expected an element, found none" });
  return root;
}

function nodesOf(text: string, file: string, log: ImportLog): readonly RawNode[] | undefined {
  try {
    // With preserveOrder the parser gives a list of nodes.
    return parser.parse(text) as readonly RawNode[];
  } catch (error) {
    // It refuses outer entities, and elements nested hundreds deep.
    log.reject({ file, message: `not XML of annotations: ${messageOf(error)}` });
    return undefined;
  }
}

function elementsOf(nodes: readonly RawNode[]): XmlElement[] {
  const elements: XmlElement[] = [];
  for (const node of nodes) {
    const name = Object.keys(node).find((key) => key !== attributesKey);
    if (name === undefined || name === textKey) continue;
    const inner = (node[name] ?? []) as readonly RawNode[];
    elements.push({
      name,
      attributes: (node[attributesKey] ?? {}) as Readonly<Record<string, string>>,
      children: elementsOf(inner),
      text: inner.map((part) => String(part[textKey] ?? "")).join(""),
    });
  }
  return elements;
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

/** The text of the first child of that name. */
export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childOf(element, name)?.text;
}

/** A number of pixels or the like; `undefined` when the text is none. */
export function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** Characters that XML 1.0 has no way to write. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The text with what XML reads otherwise escaped. Throws `value-invalid` for what it cannot say. */
export function escapeXml(text: string): string {
  if (unwritable.test(text)) {
    throw new BrainError(
      "value-invalid",
      `Cannot write ${JSON.stringify(text)} as XML: it has a control character`,
      { details: { text } },
    );
  }
  return text.replace(/[&<>"'\n\r\t]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Whether the text is an element's name. */
export function isXmlName(text: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(text);
}
