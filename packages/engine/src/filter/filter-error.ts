import { EngineError, type EngineErrorDetails } from "../base/errors.ts";
import { maxQuotedLength } from "./limits.ts";

/** Throws `filter-invalid` with Milvus's text for an expression that can't be parsed or bound. */
export function failFilter(expression: string, reason: string, position?: number): never {
  const message = `cannot parse expression: ${quote(expression)}, error: ${reason}`;
  throw new EngineError("filter-invalid", message, {
    details: detailsOf(expression, reason, position),
  });
}

/**
 * Throws `filter-invalid` with the bare reason. Milvus does not wrap what it finds after parsing:
 * a result that is no predicate, and template values that are missing or of a wrong type.
 */
export function failFilterBare(expression: string, reason: string): never {
  throw new EngineError("filter-invalid", reason, { details: detailsOf(expression, reason) });
}

/** Throws `filter-invalid` for a syntax error: what stands at `position` is not what may. */
export function failSyntax(expression: string, problem: string, position: number): never {
  const reason = `invalid expression: ${quote(expression)}: ${problem} at position ${position}`;
  failFilter(expression, reason, position);
}

/** Throws `unsupported` for a construct of Milvus's language that this engine does not run. */
export function failUnsupported(expression: string, construct: string, position: number): never {
  const reason = `${construct} is not supported`;
  const message = `cannot parse expression: ${quote(expression)}, error: ${reason}`;
  throw new EngineError("unsupported", message, {
    details: { ...detailsOf(expression, reason, position), construct },
  });
}

function detailsOf(expression: string, reason: string, position?: number): EngineErrorDetails {
  const details = { expression: quote(expression), reason };
  return position === undefined ? details : { ...details, position };
}

function quote(expression: string): string {
  return expression.length <= maxQuotedLength
    ? expression
    : `${expression.slice(0, maxQuotedLength)}...`;
}
