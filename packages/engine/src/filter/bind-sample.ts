import type { BindContext, Term } from "./bind-context.ts";
import type { SampleNode } from "./bound-node.ts";
import type { CallExpression } from "./expression.ts";

/** How near to 0 or 1 a factor may come. */
const margin = 1e-10;

/** `random_sample(factor)` */
export function bindSample(
  context: BindContext,
  { args: [argument] }: CallExpression,
  term: Term,
): SampleNode {
  const text = () => context.textOf(argument);
  if (term.kind !== "constant" || Array.isArray(term.value)) {
    const rule = '"float factor" should be a const float expression';
    return context.fail(`${rule}: "float factor" passed: ${text()}`, argument);
  }
  // Milvus reads the float of the constant, which is 0 for one of any other type.
  const factor = typeof term.value === "number" ? term.value : 0;
  if (!(factor > margin && factor < 1 - margin)) {
    const rule = "the sample factor should be between 0 and 1 and not too close to 0 or 1";
    const hint = "(the difference should be larger than 1e-10)";
    return context.fail(`${rule}${hint}, but got ${text()}`, argument);
  }
  const random = context.options.random ?? fixedSequence();
  return { kind: "sample", factor, rows: undefined, random };
}

/** Numbers that look random and are the same each time (mulberry32). */
function fixedSequence(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
