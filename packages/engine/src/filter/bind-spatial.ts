import { isEngineError } from "../base/errors.ts";
import type { Geometry } from "../geometry/geometry.ts";
import type { GeometryTest, Relation } from "../geometry/geometry-test.ts";
import { parseWkt } from "../geometry/wkt.ts";
import type { BindContext, Term } from "./bind-context.ts";
import type { GeometryNode } from "./bound-node.ts";
import { isNumber } from "./constant.ts";
import type { CallExpression, Expression } from "./expression.ts";

type BindArgument = (argument: Expression) => Term;

/** `st_contains(field, 'POINT (1 2)')` and its like. */
export function bindRelation(
  context: BindContext,
  expression: CallExpression,
  relation: Relation,
  bindArgument: BindArgument,
): GeometryNode {
  const other = geometryOf(context, expression.args[1], bindArgument);
  const test: GeometryTest = { kind: "relation", relation, other };
  return bindTest(context, expression, { operation: "spatial", bindArgument, test });
}

/** `st_dwithin(field, 'POINT (1 2)', metres)` */
export function bindDistance(
  context: BindContext,
  expression: CallExpression,
  bindArgument: BindArgument,
): GeometryNode {
  const [, pointAt, distanceAt] = expression.args;
  const point = geometryOf(context, pointAt, bindArgument);
  if (point.kind !== "point" || point.coordinates.length === 0) {
    return context.fail(`ST_DWITHIN needs a POINT, got: ${context.textOf(pointAt)}`, pointAt);
  }
  const [longitude, latitude] = point.coordinates;
  const metres = metresOf(context, distanceAt, bindArgument(distanceAt));
  const test: GeometryTest = { kind: "distance", longitude, latitude, metres };
  return bindTest(context, expression, { operation: "ST_DWITHIN", bindArgument, test });
}

/** `st_isvalid(field)` */
export function bindValidity(
  context: BindContext,
  expression: CallExpression,
  bindArgument: BindArgument,
): GeometryNode {
  const test: GeometryTest = { kind: "validity" };
  return bindTest(context, expression, { operation: "STIsValid", bindArgument, test });
}

interface Operation {
  /** As messages name it. */
  readonly operation: string;
  readonly bindArgument: BindArgument;
  readonly test: GeometryTest;
}

function bindTest(
  context: BindContext,
  expression: CallExpression,
  { operation, bindArgument, test }: Operation,
): GeometryNode {
  const term = bindArgument(expression.args[0]);
  const operand = term.kind === "field" ? term.operand : undefined;
  if (operand?.kind === "scalar" && operand.type === "Geometry") {
    return { kind: "geometry", fieldId: operand.fieldId, test };
  }
  const rule = `${operation} operation are only supported on geometry fields now`;
  return context.fail(`${rule}, got: ${context.textOf(expression)}`, expression);
}

function geometryOf(context: BindContext, at: Expression, bindArgument: BindArgument): Geometry {
  const term = bindArgument(at);
  if (term.kind !== "constant" || typeof term.value !== "string") {
    return context.fail(`a geometry is a string of WKT, got: ${context.textOf(at)}`, at);
  }
  try {
    return parseWkt(term.value);
  } catch (error) {
    if (!isEngineError(error, "invalid-parameter")) throw error;
    return context.fail(`invalid WKT: ${error.details["reason"]}`, at);
  }
}

function metresOf(context: BindContext, at: Expression, term: Term): number {
  const text = () => context.textOf(at);
  if (term.kind !== "constant") {
    return context.fail(`distance parameter must be a constant numeric value, got: ${text()}`, at);
  }
  if (!isNumber(term.value)) {
    const rule = "distance parameter must be a numeric value (int or float)";
    return context.fail(`${rule}, got: ${text()}`, at);
  }
  const metres = Number(term.value);
  if (!(metres >= 0)) {
    context.fail(`distance parameter must be non-negative, got: ${metres.toFixed(6)}`, at);
  }
  return metres;
}
