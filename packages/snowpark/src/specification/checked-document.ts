import { type Document, isNode, type LineCounter, type Node, type Range } from "yaml";
import type { SpecificationProblem, SpecificationRule } from "./specification-problem.ts";

/** A place in a document: its keys and indices from the top. */
export type Place = readonly (string | number)[];

/** A parsed document and what was found wrong with it, each with its line. */
export class CheckedDocument {
  readonly document: Document;
  readonly problems: SpecificationProblem[] = [];
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.document = document;
    this.#lines = lines;
  }

  /** Notes a problem at a place, at the position of `node` or of what stands nearest above it. */
  report(rule: SpecificationRule, place: Place, message: string, node?: Node): void {
    const { line, col } = this.#lines.linePos(this.#offset(place, node));
    this.problems.push({
      rule,
      path: pathText(place),
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      message,
    });
  }

  #offset(place: Place, node: Node | undefined): number {
    let range: Range | null | undefined = node?.range;
    for (let depth = place.length; !range && depth >= 0; depth--) {
      const found = this.document.getIn(place.slice(0, depth), true);
      range = isNode(found) ? found.range : undefined;
    }
    return range?.[0] ?? 0;
  }
}

function pathText(place: Place): string {
  return place
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
    .join("")
    .replace(/^\./, "");
}
