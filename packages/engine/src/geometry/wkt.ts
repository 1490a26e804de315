import {
  type Geometry,
  type GeometryKind,
  geometryTags,
  type Layout,
  type LineGeometry,
  layouts,
  type MultiGeometry,
  type PolygonGeometry,
  partKindOf,
  strideOf,
} from "./geometry.ts";
import { failGeometry } from "./geometry-error.ts";
import { maxCollectionDepth, maxGeometryLength } from "./limits.ts";

/**
 * Reads well-known text, in any case: `POINT (1 2)`, `POLYGON Z ((...))`, `LINESTRING EMPTY`.
 * Throws `invalid-parameter` for what is none: rings that are open or have fewer than four
 * vertices, lines of one vertex, and vertices of different sizes included.
 */
export function parseWkt(text: string): Geometry {
  if (text.length > maxGeometryLength) {
    failGeometry(
      `the text has ${text.length} characters, the most allowed is ${maxGeometryLength}`,
    );
  }
  return new WktParser(text).parse();
}

const kinds: ReadonlyMap<string, GeometryKind> = new Map(
  // The keys of the table are the kinds.
  (Object.entries(geometryTags) as [GeometryKind, string][]).map(([kind, tag]) => [tag, kind]),
);

const token = /\s*(?:([A-Za-z]+)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([(),]))/y;

/** Letters, digits and the point: what can't follow a number directly. */
const wordCharacter = /[A-Za-z\d.]/;

class WktParser {
  readonly #text: string;
  #position = 0;
  /** The token at hand, as written; empty at the end. */
  #token = "";
  #layout: Layout | undefined;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next();
  }

  parse(): Geometry {
    const geometry = this.#geometry();
    if (this.#token !== "") this.#fail("the end");
    return geometry;
  }

  #geometry(): Geometry {
    const { kind, layout } = this.#tag();
    if (layout !== undefined) this.#setLayout(layout);
    const geometry = this.#body(kind);
    // An empty geometry may come before the first vertex tells the layout.
    return { ...geometry, layout: this.#layout ?? "xy" };
  }

  /** The tag with its `Z`, `M` or `ZM`, which may be written apart or together. */
  #tag(): { kind: GeometryKind; layout: Layout | undefined } {
    const word = this.#token.toUpperCase();
    const joined = /^([A-Z]+?)(ZM|Z|M)?$/.exec(word);
    const whole = kinds.get(word);
    const kind = whole ?? kinds.get(joined?.[1] ?? "");
    if (kind === undefined) return this.#fail("the name of a geometry");
    this.#next();
    let suffix = whole === undefined ? joined?.[2] : undefined;
    if (suffix === undefined && /^(?:ZM|Z|M)$/i.test(this.#token)) {
      suffix = this.#token.toUpperCase();
      this.#next();
    }
    const layout = layouts.find((name) => name === `xy${suffix?.toLowerCase()}`);
    return { kind, layout };
  }

  #setLayout(layout: Layout): void {
    if (this.#layout !== undefined && this.#layout !== layout) this.#fail(`layout ${this.#layout}`);
    this.#layout = layout;
  }

  #body(kind: GeometryKind): Geometry {
    const layout = "xy";
    const empty = this.#acceptEmpty();
    switch (kind) {
      case "point":
        return { kind, layout, coordinates: empty ? [] : this.#point() };
      case "line":
        return empty ? { kind, layout, coordinates: [] } : this.#line();
      case "polygon":
        return empty ? { kind, layout, rings: [] } : this.#polygon();
      default:
        return { kind, layout, parts: empty ? [] : this.#parts(kind) };
    }
  }

  #point(): number[] {
    this.#expect("(");
    const vertex = this.#vertex();
    this.#expect(")");
    return vertex;
  }

  #line(): LineGeometry {
    const coordinates = this.#vertices();
    if (coordinates.length < 2 * strideOf(this.#layout ?? "xy")) {
      failGeometry("a line has at least two vertices");
    }
    return { kind: "line", layout: "xy", coordinates };
  }

  #polygon(): PolygonGeometry {
    const rings = this.#list(() => this.#ring());
    return { kind: "polygon", layout: "xy", rings };
  }

  #ring(): number[] {
    const ring = this.#vertices();
    const stride = strideOf(this.#layout ?? "xy");
    if (ring.length < 4 * stride) failGeometry("a ring has at least four vertices");
    for (let i = 0; i < stride; i++) {
      if (ring[i] !== ring[ring.length - stride + i]) failGeometry("a ring ends where it begins");
    }
    return ring;
  }

  #parts(kind: MultiGeometry["kind"]): Geometry[] {
    const partKind = partKindOf(kind);
    if (partKind === undefined) return this.#collected();
    return this.#list(() => {
      // The parentheses around each point are optional: (1 2, 3 4) is ((1 2), (3 4)).
      const isBare = partKind === "point" && this.#token !== "(" && !this.#isWord("EMPTY");
      const part: Geometry = isBare
        ? { kind: "point", layout: "xy", coordinates: this.#vertex() }
        : this.#body(partKind);
      return { ...part, layout: this.#layout ?? "xy" };
    });
  }

  #collected(): Geometry[] {
    this.#depth++;
    if (this.#depth > maxCollectionDepth) {
      failGeometry(`collections are nested deeper than ${maxCollectionDepth} levels`);
    }
    const parts = this.#list(() => this.#geometry());
    this.#depth--;
    return parts.map((part) => ({ ...part, layout: this.#layout ?? "xy" }));
  }

  #vertices(): number[] {
    const coordinates: number[] = [];
    this.#expect("(");
    do {
      for (const coordinate of this.#vertex()) coordinates.push(coordinate);
    } while (this.#accept(","));
    this.#expect(")");
    return coordinates;
  }

  /** The numbers of one vertex. The first one tells the layout where no tag has. */
  #vertex(): number[] {
    const vertex: number[] = [];
    while (/^[-+.\d]/.test(this.#token)) {
      const value = Number(this.#token);
      if (!Number.isFinite(value)) failGeometry(`the coordinate ${this.#token} is out of range`);
      vertex.push(value);
      this.#next();
    }
    this.#layout ??= layoutOfSize(vertex.length);
    if (this.#layout === undefined || vertex.length !== strideOf(this.#layout)) {
      failGeometry(`a vertex of ${vertex.length} coordinates before position ${this.#position}`);
    }
    return vertex;
  }

  #list<T>(item: () => T): T[] {
    this.#expect("(");
    const items = [item()];
    while (this.#accept(",")) items.push(item());
    this.#expect(")");
    return items;
  }

  #acceptEmpty(): boolean {
    return this.#isWord("EMPTY") && this.#accept(this.#token);
  }

  #isWord(word: string): boolean {
    return this.#token.toUpperCase() === word;
  }

  #accept(symbol: string): boolean {
    const accepted = this.#token === symbol;
    if (accepted) this.#next();
    return accepted;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.#fail(`'${symbol}'`);
  }

  #next(): void {
    token.lastIndex = this.#position;
    const found = token.exec(this.#text);
    if (found === null) {
      if (this.#text.slice(this.#position).trim() !== "") this.#fail("well-known text");
      this.#token = "";
      return;
    }
    this.#position = token.lastIndex;
    this.#token = found[1] ?? found[2] ?? found[3];
    if (found[2] !== undefined && wordCharacter.test(this.#text.charAt(this.#position))) {
      this.#fail("a number");
    }
  }

  #fail(expected: string): never {
    const found = this.#token === "" ? "the end" : `'${this.#token.slice(0, 40)}'`;
    return failGeometry(
      `expected ${expected} but found ${found} before position ${this.#position}`,
    );
  }
}

function layoutOfSize(size: number): Layout | undefined {
  switch (size) {
    case 2:
      return "xy";
    case 3:
      return "xyz";
    case 4:
      return "xyzm";
    default:
      return undefined;
  }
}

/** Well-known text as Milvus gives it back: `POLYGON ((0 0, 1 0, 1 1, 0 0))`, `POINT Z (1 2 3)`. */
export function printWkt(geometry: Geometry): string {
  const suffix = geometry.layout.slice(2).toUpperCase();
  const tag = geometryTags[geometry.kind];
  return `${tag} ${suffix === "" ? "" : `${suffix} `}${printBody(geometry)}`;
}

const empty = "EMPTY";

function printBody(geometry: Geometry): string {
  const stride = strideOf(geometry.layout);
  switch (geometry.kind) {
    case "point":
    case "line":
      return printVertices(geometry.coordinates, stride);
    case "polygon":
      return printList(geometry.rings.map((ring) => printVertices(ring, stride)));
    case "collection":
      return printList(geometry.parts.map(printWkt));
    case "multipoint":
      // Milvus's writer leaves out the parentheses around each point.
      return printList(geometry.parts.map((part) => printBody(part).replace(/^\(|\)$/g, "")));
    default:
      return printList(geometry.parts.map(printBody));
  }
}

function printList(items: readonly string[]): string {
  return items.length === 0 ? empty : `(${items.join(", ")})`;
}

function printVertices(coordinates: readonly number[], stride: number): string {
  const vertices: string[] = [];
  for (let i = 0; i < coordinates.length; i += stride) {
    vertices.push(
      coordinates
        .slice(i, i + stride)
        .map(printNumber)
        .join(" "),
    );
  }
  return printList(vertices);
}

/** The shortest decimal that reads back as the number, never with an exponent. */
function printNumber(value: number): string {
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const found = /^(-?)(\d)(?:\.(\d+))?e([-+]\d+)$/.exec(text);
  if (found === null) return text;
  const [, sign, first, rest = "", exponent] = found;
  const digits = first + rest;
  const point = 1 + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}
