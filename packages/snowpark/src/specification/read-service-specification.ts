import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { SnowparkError } from "../base/snowpark-error.ts";
import { checkReferences } from "./check-references.ts";
import { checkShape } from "./check-shape.ts";
import { CheckedDocument } from "./checked-document.ts";
import { nestsTooDeeply } from "./nesting.ts";
import type { ServiceSpecification } from "./service-specification.ts";
import { problemText, type SpecificationProblem } from "./specification-problem.ts";
import { specificationShape } from "./specification-shape.ts";

/** A text over this is no specification: it bounds what a reader has to do. */
const maxLength = 262_144;

/** Text that is no YAML at all can be wrong in every line: a reader is shown the beginning. */
const maxSyntaxProblems = 20;

const tooDeep = "it nests too deeply, or its aliases expand to too much";

export type SpecificationReading =
  | { readonly kind: "specification"; readonly specification: ServiceSpecification }
  | { readonly kind: "problems"; readonly problems: readonly SpecificationProblem[] };

export interface ReadingOptions {
  /** Takes `source: "@stage"`, as Snowflake did until its change 2449. Default: refused. */
  readonly stageMountsV1?: boolean;
  /**
   * Takes numbers and truth values for variables, as the text that is written: the Milvus guide's own file has
   * `ETCD_USE_EMBED: true`, and Snowflake runs it. Default: refused, since YAML may read them otherwise than is meant.
   */
  readonly scalarVariables?: boolean;
}

/** Reads a service specification, YAML or JSON, and says everything that is wrong with it. Throws nothing. */
export function readServiceSpecification(
  text: string,
  options: ReadingOptions = {},
): SpecificationReading {
  if (text.length > maxLength) {
    return unreadable(`it has ${text.length} characters, and at most ${maxLength} are read`);
  }
  if (nestsTooDeeply(text)) return unreadable(tooDeep);
  try {
    return readDocument(text, options);
  } catch (error) {
    // What the parser makes of anchors is bounded, and ends so.
    if (error instanceof RangeError || error instanceof ReferenceError) return unreadable(tooDeep);
    throw error;
  }
}

/**
 * Reads a service specification that is to be right.
 *
 * @throws SnowparkError `invalid-configuration` that lists every problem with its line and column.
 */
export function parseServiceSpecification(
  text: string,
  options: ReadingOptions = {},
): ServiceSpecification {
  const reading = readServiceSpecification(text, options);
  if (reading.kind === "specification") {
    return reading.specification;
  }
  const problems = reading.problems.map(problemText).join("\n");
  throw new SnowparkError(
    "invalid-configuration",
    `The service specification can't be used:\n${problems}`,
  );
}

function readDocument(text: string, options: ReadingOptions): SpecificationReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const checked = new CheckedDocument(document, lines);
  const syntax = document.errors.slice(0, maxSyntaxProblems).map((error): SpecificationProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { rule: "syntax", path: "", line, column: col, message: error.message };
  });
  if (syntax.length > 0) {
    return { kind: "problems", problems: syntax };
  }
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) {
    return unreadable("it is empty");
  }
  if (options.scalarVariables === true) makeVariablesTexts(document);
  checkShape(checked, specificationShape, root, []);
  if (checked.problems.length > 0) {
    return { kind: "problems", problems: checked.problems };
  }
  // What the shape has just said it is.
  const specification = document.toJS() as ServiceSpecification;
  checkReferences(checked, specification);
  const problems = checked.problems.filter(
    ({ rule }) => rule !== "stage-mount-v1" || options.stageMountsV1 !== true,
  );
  return problems.length > 0
    ? { kind: "problems", problems }
    : { kind: "specification", specification };
}

function makeVariablesTexts(document: Document): void {
  const containers = document.getIn(["spec", "containers"]);
  for (const container of isSeq(containers) ? containers.items : []) {
    const variables = isMap(container) ? container.get("env") : undefined;
    for (const { value } of isMap(variables) ? variables.items : []) {
      if (!isScalar(value) || !["boolean", "number"].includes(typeof value.value)) continue;
      value.value = value.source ?? String(value.value);
    }
  }
}

function unreadable(message: string): SpecificationReading {
  return {
    kind: "problems",
    problems: [{ rule: "syntax", path: "", line: 1, column: 1, message }],
  };
}
