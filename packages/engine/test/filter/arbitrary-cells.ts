import fc from "fast-check";
import type { Field } from "../../src/schema/collection-schema.ts";
import type { DataType } from "../../src/schema/data-type.ts";
import { type Cell, field } from "./sample-columns.ts";

export const integerTypes = ["Int8", "Int16", "Int32", "Int64"] as const;
export const floatTypes = ["Float", "Double"] as const;
const elementTypes = ["Bool", ...integerTypes, ...floatTypes, "VarChar"] as const;
export const scalarTypes = [...elementTypes, "Timestamptz", "Geometry"] as const;

export const smallInt = fc.integer({ min: -3, max: 3 });
export const bigInt = fc.constantFrom(
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);
export const smallFloat = fc.constantFrom(-2.5, -1, -0.1, -0, 0, 0.1, 0.5, 1, 2.5, 1e30);
export const text = fc.constantFrom(
  ...["", "a", "ab", "abc", "b", "ba", "é", "aé", "a%", "a_b", "😀", "\uffff", "\\", "aab"],
);

const day = 86_400_000_000n;
/** Around ends of months, before and after 1970. */
const time = fc.constantFrom(
  ...[0n, -1n, 30n * day, 58n * day, 59n * day + 1n, -day, 18_321n * day, 19_000n * day + 5n],
);
export const timeText = fc.constantFrom(
  ...[
    "1970-01-01T00:00:00Z",
    "1970-02-28T00:00:00Z",
    "2020-02-29T00:00:00Z",
    "1969-12-31T00:00:00Z",
  ],
);
export const interval = fc.constantFrom("P1D", "P1M", "P13M", "P1Y2M3DT4H5M6S", "PT0S", "P400Y");

export const wkt = fc.constantFrom(
  ...["POINT (0 0)", "POINT (1 1)", "POINT (2 2)", "POINT (0 1)", "POINT EMPTY", "POINT Z (1 1 5)"],
  ...[
    "LINESTRING (0 0, 2 2)",
    "LINESTRING (0 2, 2 0)",
    "LINESTRING (0 0, 1 1)",
    "LINESTRING EMPTY",
  ],
  ...["POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))", "POLYGON ((2 0, 4 0, 4 2, 2 2, 2 0))"],
  ...["POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1))", "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))"],
  ...["POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1))", "POLYGON EMPTY"],
  ...["MULTIPOINT (0 0, 1 1)", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2)))"],
  ...[
    "MULTILINESTRING ((0 0, 1 1), (1 1, 2 0))",
    "GEOMETRYCOLLECTION (POINT (1 1), LINESTRING (0 0, 2 2))",
  ],
);

function cellOf(type: DataType): fc.Arbitrary<Cell> {
  switch (type) {
    case "Bool":
      return fc.boolean();
    case "Int64":
      return fc.oneof(smallInt.map(BigInt), bigInt);
    case "Int8":
      return fc.oneof(smallInt, fc.constantFrom(-128, 127));
    case "Int16":
      return fc.oneof(smallInt, fc.constantFrom(-32768, 32767));
    case "Int32":
      return fc.oneof(smallInt, fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
    case "Float":
    case "Double":
      return smallFloat;
    case "JSON":
      return jsonText;
    case "Timestamptz":
      return time;
    case "Geometry":
      return wkt;
    default:
      return text;
  }
}

const jsonLeaf = fc.oneof(
  smallInt.map(String),
  bigInt.map(String),
  fc.constantFrom("0.5", "1.0", "2.5e0", "1e+2", "9007199254740993.5", "1e400"),
  text.map((value) => JSON.stringify(value)),
  fc.constantFrom("true", "false", "null", '"\\u0061b"', "[]", "{}", "[null]", '{"x":null}'),
);
const jsonText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    jsonLeaf,
    fc.array(tie("value"), { maxLength: 4 }).map((elements) => `[${elements.join(" , ")}]`),
    fc
      .uniqueArray(
        fc.tuple(fc.constantFrom('"a"', '"b"', '"0"', '"\\u0061"', '"c\\"]}"'), tie("value")),
        { maxLength: 4, selector: ([key]) => JSON.parse(key) as string },
      )
      .map((members) => `{ ${members.map(([key, value]) => `${key} :${value}`).join(", ")} }`),
  ),
})).value;
export const jsonPath = fc
  .array(fc.constantFrom('["a"]', "['b']", "[0]", "[1]", '["0"]'), { maxLength: 2 })
  .map((steps) => steps.join(""));

/** Up to four fields, of any type that a filter can look at. */
export const fieldsArbitrary = fc
  .uniqueArray(
    fc.oneof(
      fc.constantFrom<DataType>(...scalarTypes, "JSON").map((type) => field(0, `f_${type}`, type)),
      fc
        .constantFrom<DataType>(...elementTypes)
        .map((elementType) => field(0, `list_${elementType}`, "Array", { elementType })),
      fc
        .constantFrom<DataType>(...elementTypes)
        .map((elementType) =>
          field(0, `s[sub_${elementType}]`, "Array", { elementType, struct: "s" }),
        ),
    ),
    { minLength: 1, maxLength: 4, selector: ({ name }) => name },
  )
  .map((fields) => fields.map((each, i) => ({ ...each, id: 100 + i })));

/** The values of a field. */
export function cellsOf(each: Field, rowCount: number, nullable: boolean): fc.Arbitrary<Cell[]> {
  const cell: fc.Arbitrary<Cell> =
    each.type === "Array"
      ? fc.array(cellOf(each.elementType ?? "Int64"), { maxLength: 4 })
      : cellOf(each.type);
  const value = nullable ? fc.option(cell, { freq: 4 }) : cell;
  return fc.array(value, { minLength: rowCount, maxLength: rowCount });
}

/** In each row all sub-fields of a struct have as many elements, or are null together. */
export function structCellsOf(
  { elementType = "Int64" }: Field,
  lengths: readonly (number | null)[],
): fc.Arbitrary<Cell[]> {
  const cells = lengths.map(
    (length): fc.Arbitrary<Cell> =>
      length === null
        ? fc.constant(null)
        : fc.array(cellOf(elementType), { minLength: length, maxLength: length }),
  );
  return fc.tuple(...cells);
}
