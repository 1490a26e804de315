import type { ExpressionNode } from "../../src/view/expression-node.ts";

/** What paths of an expression start at. */
export interface Subject {
  readonly self: unknown;
  readonly root: unknown;
}

/** What a value is where it is looked at: numbers that are none count as missing. */
export function settled(value: unknown): unknown {
  if (value === undefined) return null;
  return typeof value === "number" && !Number.isFinite(value) ? null : value;
}

/** The plain meaning of expressions, one value at a time: the oracle of what they are in SQL. */
export function evaluate(node: ExpressionNode, subject: Subject): unknown {
  if (node.op === "path") return valueAt(node.root ? subject.root : subject.self, node.path);
  if (!("args" in node)) {
    if (node.op === "date") return new Date(String(node.value));
    return node.op === "int" ? BigInt(String(node.value)) : node.value;
  }
  const [first, second] = node.args;
  const operand = (argument: ExpressionNode | undefined): unknown =>
    argument === undefined ? null : evaluate(argument, subject);
  const number = (argument: ExpressionNode | undefined): number | null => {
    const value = operand(argument);
    return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
  };
  const arithmetic = (compute: (a: number, b: number) => number): number | null => {
    const [a, b] = [number(first), node.args.length === 1 ? 0 : number(second)];
    return a === null || b === null ? null : compute(a, b);
  };
  const anyText = (test: (text: string, argument: string) => boolean): boolean => {
    const argument = operand(second);
    return elements(operand(first)).some(
      (text) => typeof text === "string" && typeof argument === "string" && test(text, argument),
    );
  };
  switch (node.op) {
    case "eq":
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return compare(node.op, operand(first), operand(second));
    case "ne":
      return !compare("eq", operand(first), operand(second));
    case "isIn": {
      const candidates = operand(second);
      return (
        Array.isArray(candidates) &&
        candidates.some((candidate) => compare("eq", operand(first), candidate))
      );
    }
    case "exists":
      return exists(operand(first));
    case "and":
      return node.args.every((argument) => operand(argument) === true);
    case "or":
      return node.args.some((argument) => operand(argument) === true);
    case "not":
      return operand(first) !== true;
    case "add":
      return arithmetic((a, b) => a + b);
    case "sub":
      return arithmetic((a, b) => a - b);
    case "mul":
      return arithmetic((a, b) => a * b);
    case "div":
      return arithmetic((a, b) => a / b);
    case "mod":
      return arithmetic((a, b) => a % b);
    case "abs":
      return arithmetic(Math.abs);
    case "floor":
      return arithmetic(Math.floor);
    case "ceil":
      return arithmetic(Math.ceil);
    case "sqrt":
      return arithmetic(Math.sqrt);
    case "least":
      return arithmetic(Math.min);
    case "greatest":
      return arithmetic(Math.max);
    case "length": {
      const value = operand(first);
      return typeof value === "string" ? [...value].length : (listOf(value)?.length ?? 0);
    }
    case "at": {
      const [list, index] = [listOf(operand(first)), Number(operand(second))];
      return list?.at(index) ?? null;
    }
    case "contains": {
      const value = operand(first);
      if (typeof value !== "string") return compare("eq", value ?? [], operand(second));
      const part = operand(second);
      return typeof part === "string" && value.includes(part);
    }
    case "filter":
      return (
        listOf(operand(first))?.filter(
          (self) => second && evaluate(second, { ...subject, self }) === true,
        ) ?? null
      );
    case "map":
      return (
        listOf(operand(first))?.map(
          (self) => second && settled(evaluate(second, { ...subject, self })),
        ) ?? null
      );
    case "min":
      return best(operand(first), (a, b) => a < b);
    case "max":
      return best(operand(first), (a, b) => a > b);
    case "sum":
      return numbersOf(operand(first)).reduce((sum, value) => sum + value, 0);
    case "startsWith":
      return anyText((text, prefix) => text.startsWith(prefix));
    case "endsWith":
      return anyText((text, suffix) => text.endsWith(suffix));
    case "matches":
      return anyText((text, pattern) => new RegExp(pattern, "u").test(text));
    case "concat": {
      const [a, b] = [operand(first), operand(second)];
      return typeof a === "string" && typeof b === "string" ? a + b : null;
    }
    default:
      throw new Error(`The oracle does not know "${node.op}"`);
  }
}

/** The value at a path: of a list, that of each element. */
export function valueAt(start: unknown, path: string): unknown {
  const walk = (value: unknown, steps: readonly string[]): unknown => {
    const [step, ...rest] = steps;
    if (step === undefined || value === null || value === undefined) return value ?? null;
    if (Array.isArray(value)) return value.map((element) => walk(element, steps));
    return typeof value === "object"
      ? walk(Object.entries(value).find(([key]) => key === step)?.[1], rest)
      : null;
  };
  return walk(start, path === "" ? [] : path.split("."));
}

/** Order of texts by code points, of numbers and dates by size. Negative when `a` comes first. */
export function order(a: unknown, b: unknown): number {
  if (typeof a === "string" && typeof b === "string") {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  const [left, right] = [Number(a), Number(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A list, or the labels of a list of labels. */
export function listOf(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return null;
  const { detections } = value as { detections?: unknown };
  return Array.isArray(detections) ? detections : null;
}

export function exists(value: unknown): boolean {
  const list = listOf(value);
  return list === null ? settled(value) !== null : list.some(exists);
}

function compare(op: "eq" | "gt" | "gte" | "lt" | "lte", left: unknown, right: unknown): boolean {
  if (right === null) return op === "eq" && !exists(left);
  return elements(left).some((found) => {
    const value = settled(found);
    const other = settled(right);
    if (value === null || other === null) return false;
    if (value instanceof Date !== other instanceof Date) return false;
    if (!(value instanceof Date) && typeof value !== typeof other) return false;
    const difference = typeof value === "boolean" ? Number(value !== other) : order(value, other);
    if (op === "eq") return difference === 0;
    if (op === "gt") return difference > 0;
    if (op === "gte") return difference >= 0;
    return op === "lt" ? difference < 0 : difference <= 0;
  });
}

function elements(value: unknown): unknown[] {
  const list = listOf(value);
  return list === null ? [value] : list.flatMap(elements);
}

function numbersOf(value: unknown): number[] {
  return elements(value).flatMap((element) => (typeof element === "number" ? [element] : []));
}

function best(value: unknown, isBetter: (a: number, b: number) => boolean): number | null {
  return numbersOf(value).reduce<number | null>(
    (found, candidate) => (found === null || isBetter(candidate, found) ? candidate : found),
    null,
  );
}
