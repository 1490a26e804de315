/** A place that breaks a house rule. */
export interface Problem {
  readonly path: string;
  /** 1 is the first. */
  readonly line: number;
  /** What is wrong, and by which rule. */
  readonly rule: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** One line for people; editors turn its beginning into a link. */
export function formatProblem({ path, line, rule, remedy }: Problem): string {
  return `${path}:${line}  ${rule}. ${remedy}`;
}
