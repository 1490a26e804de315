import fc from "fast-check";
import type { Field } from "../../src/schema/collection-schema.ts";
import type { DataType } from "../../src/schema/data-type.ts";
import {
  bigInt,
  floatTypes,
  integerTypes,
  interval,
  jsonPath,
  smallFloat,
  smallInt,
  text,
  timeText,
  wkt,
} from "./arbitrary-cells.ts";

const operator = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
const pattern = fc
  .array(fc.constantFrom("%", "_", "a", "b", "é", "\\\\%", "😀", ".", "ab"), { maxLength: 5 })
  .map((pieces) => `"${pieces.join("")}"`);
const regex = fc
  .array(fc.constantFrom("a", "b", "é", ".", "a*", "(a|b)+", "[ab]?", "^", "$", "(?i)A", "😀"), {
    maxLength: 4,
  })
  .map((pieces) => `r"${pieces.join("")}"`);

function literalOf(type: DataType): fc.Arbitrary<string> {
  switch (type) {
    case "Bool":
      return fc.constantFrom("true", "false");
    case "VarChar":
      return text.map((value) => JSON.stringify(value));
    case "Float":
    case "Double":
      return fc.oneof(smallFloat.map(floatText), smallInt.map(String));
    case "JSON":
      return fc.oneof(...(["Bool", "VarChar", "Double", "Int64"] as const).map(literalOf));
    default:
      return fc.oneof(smallInt.map(String), bigInt.map(String));
  }
}

function floatText(value: number): string {
  const written = String(value);
  return /[.e]/.test(written) ? written : `${written}.0`;
}

function listOf(element: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(element, { maxLength: 4 }).map((elements) => `[${elements.join(", ")}]`);
}

/** Conditions on one operand that can be written as `name` and is of the type. */
function conditionsOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string>[] {
  const literal = literalOf(type);
  const compare = fc.tuple(name, operator, literal).map((parts) => parts.join(" "));
  const mirrored = fc.tuple(literal, operator, name).map((parts) => parts.join(" "));
  const membership = fc
    .tuple(name, fc.constantFrom("in", "not in"), listOf(literal))
    .map((parts) => parts.join(" "));
  const conditions = [compare, mirrored, membership];
  if (type === "VarChar" || type === "JSON") {
    conditions.push(fc.tuple(name, pattern).map(([left, right]) => `${left} like ${right}`));
    const match = fc.constantFrom("=~", "!~");
    conditions.push(fc.tuple(name, match, regex).map((parts) => parts.join(" ")));
  }
  if (type !== "Bool") conditions.push(rangeOn(name, type));
  if (type !== "Bool" && type !== "VarChar") conditions.push(arithmeticOn(name, type));
  return conditions;
}

function rangeOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string> {
  const bounds =
    type === "VarChar"
      ? fc.constantFrom(['""', '"b"'], ['"a"', '"é"'], ['"a"', '"a%"'])
      : fc.constantFrom(["-1", "2"], ["0", "9007199254740993"], ["-9223372036854775808", "0"]);
  const less = fc.constantFrom("<", "<=");
  return fc
    .tuple(bounds, less, less, name, fc.boolean())
    .map(([[low, high], a, b, operand, up]) =>
      up
        ? `${low} ${a} ${operand} ${b} ${high}`
        : `${high} ${b.replace("<", ">")} ${operand} ${a.replace("<", ">")} ${low}`,
    );
}

function arithmeticOn(name: fc.Arbitrary<string>, type: DataType): fc.Arbitrary<string> {
  const isInteger = !type.startsWith("F") && type !== "Double";
  const bits = fc
    .tuple(
      name,
      fc.constantFrom("& 6", "| -5", "^ 3", "& 9007199254740993", "<< 3", "<< 62", ">> 1", "^ -1"),
      operator,
      literalOf("Int64"),
    )
    .map(([left, by, comparison, value]) => `(${left} ${by}) ${comparison} ${value}`);
  const symbol = fc.constantFrom("+", "-", "*", "/", ...(isInteger ? ["%"] : []));
  const argument = isInteger
    ? fc.constantFrom("1", "-2", "3", "4194305", "9007199254740993")
    : fc.constantFrom("0.5", "2", "-0.1");
  const value = isInteger ? literalOf("Int64") : literalOf("Double");
  const sums = fc.tuple(name, symbol, argument, operator, value).map((parts) => parts.join(" "));
  return isInteger ? fc.oneof(sums, bits) : sums;
}

function timeConditionsOn(name: string): fc.Arbitrary<string>[] {
  return [
    fc.tuple(operator, timeText).map(([is, at]) => `${name} ${is} ISO "${at}"`),
    fc.tuple(timeText, operator).map(([at, is]) => `iso "${at}" ${is} ${name}`),
    fc
      .tuple(fc.constantFrom("+", "-"), interval, operator, timeText)
      .map(([sign, by, is, at]) => `${name} ${sign} INTERVAL '${by}' ${is} ISO '${at}'`),
    fc.constant(`ISO '1969-12-31T00:00:00Z' < ${name} <= ISO '1970-02-28T00:00:00Z'`),
  ];
}

function geometryConditionsOn(name: string): fc.Arbitrary<string>[] {
  const relation = fc.constantFrom(
    ...["equals", "touches", "overlaps", "crosses", "contains", "intersects", "within"],
  );
  const metres = fc.constantFrom("0", "111000", "157226.5", "1e7");
  return [
    fc.tuple(relation, wkt).map(([is, other]) => `st_${is}(${name}, '${other}')`),
    metres.map((most) => `st_dwithin(${name}, 'POINT (1 2)', ${most})`),
    fc.constant(`st_isvalid(${name})`),
  ];
}

const quantifier = fc
  .tuple(
    fc.constantFrom("match_all", "match_any", "match_least", "match_most", "match_exact"),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([name, threshold]) => {
    const option = /all|any/.test(name) ? "" : `, threshold=${threshold}`;
    return { name, option };
  });

/** Conditions on how many elements of an array, or of an array of structs, are of some kind. */
function quantifiedOn(array: string, elements: readonly Field[]): fc.Arbitrary<string> {
  const conditions = elements.flatMap(({ name, elementType = "Int64" }) => {
    const written = name === array ? "$" : `$${name.slice(array.length)}`;
    return conditionsOn(fc.constant(written), elementType);
  });
  const joined = fc
    .tuple(fc.oneof(...conditions), fc.constantFrom("and", "or"), fc.oneof(...conditions))
    .map(([a, joint, b]) => `(${a}) ${joint} not (${b})`);
  return fc
    .tuple(quantifier, fc.oneof(...conditions, joined))
    .map(([{ name, option }, condition]) => `${name}(${array}, ${condition}${option})`);
}

function conditionsOf(list: Field): fc.Arbitrary<string>[] {
  const { name, type, elementType } = list;
  const presence = fc.constantFrom(`${name} is null`, `${name} is not null`);
  if (type === "Array") {
    const elementOf = elementType ?? "Int64";
    const literal = literalOf(elementOf);
    // A sub-field `s[a]` has its elements at `s[0][a]`, and nothing says whether it is null.
    const at = (index: number) => name.replace(/(?=\[)|$/, `[${index}]`);
    return [
      ...(name.includes("[") ? [] : [presence]),
      ...(name.includes("[") ? [] : [quantifiedOn(name, [{ ...list, name }])]),
      ...conditionsOn(fc.constantFrom(at(0), at(2)), elementOf),
      ...containsOn(fc.constant(name), literal),
      fc
        .tuple(fc.constantFrom("==", "!="), fc.array(literal, { minLength: 1, maxLength: 2 }))
        .map(([equality, elements]) => `${name} ${equality} [${elements.join(", ")}]`),
    ];
  }
  if (type === "Timestamptz") return [presence, ...timeConditionsOn(name)];
  if (type === "Geometry") return [presence, ...geometryConditionsOn(name)];
  if (type === "VarChar") {
    const prefix = text.map((value) => `starts_with(${name}, ${JSON.stringify(value)})`);
    return [
      presence,
      prefix,
      fc.constant(`empty(${name})`),
      ...conditionsOn(fc.constant(name), type),
    ];
  }
  if (type !== "JSON") return [presence, ...conditionsOn(fc.constant(name), type)];
  const path = jsonPath.map((steps) => name + steps);
  const deep = jsonPath.map((steps) => `${name}["a"]${steps}`);
  const literal = literalOf("JSON");
  return [
    presence,
    ...conditionsOn(path, type),
    ...containsOn(path, fc.oneof(literal, listOf(literal))),
    deep.map((operand) => `exists ${operand}`),
    deep.map((operand) => `${operand} is null`),
    fc.tuple(path, fc.constantFrom("==", "!="), listOf(literal)).map((parts) => parts.join(" ")),
  ];
}

function containsOn(
  name: fc.Arbitrary<string>,
  element: fc.Arbitrary<string>,
): fc.Arbitrary<string>[] {
  return [
    fc.tuple(name, element).map(([of, one]) => `array_contains(${of}, ${one})`),
    fc
      .tuple(fc.constantFrom("json_contains_all", "array_contains_any"), name, listOf(element))
      .map(([call, of, list]) => `${call}(${of}, ${list})`),
    fc
      .tuple(name, operator, smallInt)
      .map(([of, comparison, length]) => `array_length(${of}) ${comparison} ${length}`),
  ];
}

/** Any filter of the language on these fields. */
export function expressionOf(fields: readonly Field[]): fc.Arbitrary<string> {
  const scalars = fields.filter(({ type }) => type !== "Array" && type !== "JSON");
  const kinds: readonly (readonly DataType[])[] = [
    ["Bool"],
    [...integerTypes, ...floatTypes],
    ["VarChar"],
    ["Timestamptz"],
  ];
  const subFields = fields.filter(({ struct }) => struct !== undefined);
  const pairs = kinds.flatMap((types) => {
    const names = scalars.filter(({ type }) => types.includes(type)).map(({ name }) => name);
    return names.length < 1
      ? []
      : [fc.tuple(fc.constantFrom(...names), operator, fc.constantFrom(...names))];
  });
  const condition = fc.oneof(
    ...fields.flatMap(conditionsOf),
    ...(subFields.length === 0 ? [] : [quantifiedOn("s", subFields)]),
    ...pairs.map((pair) => pair.map((parts) => parts.join(" "))),
    fc.constantFrom("1 < 2", "not true"),
  );
  return fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      condition,
      tie("tree").map((inner) => `not (${inner})`),
      fc
        .tuple(
          fc.array(tie("tree"), { minLength: 2, maxLength: 4 }),
          fc.constantFrom(" and ", " or "),
        )
        .map(([terms, joint]) => terms.map((term) => `(${term})`).join(joint)),
    ),
  })).tree;
}
