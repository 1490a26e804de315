/** Which rule is broken, for programs. */
export type SpecificationRule =
  /** Not YAML, or not one document. */
  | "syntax"
  | "unknown-key"
  | "missing-key"
  /** A value of the wrong kind, or out of its bounds. */
  | "bad-value"
  /** Two things of one name. */
  | "duplicate-name"
  /** A name that nothing has. */
  | "unknown-name"
  /** Keys that don't go together, or of which one is wanted. */
  | "combination"
  /** A public endpoint that is not HTTP. */
  | "public-not-http"
  /** A stage mounted as `source: "@stage"`, which is refused since Snowflake's change 2449. */
  | "stage-mount-v1";

/** Something of a specification that can't be so, and where. */
export interface SpecificationProblem {
  readonly rule: SpecificationRule;
  /** Such as `spec.containers[0].image`. Empty for the document. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** As in `3:5: spec.endpoints[0].public: …`. */
export function problemText(problem: SpecificationProblem): string {
  const where = problem.path === "" ? "" : `${problem.path}: `;
  return `${problem.line}:${problem.column}: ${where}${problem.message}`;
}
