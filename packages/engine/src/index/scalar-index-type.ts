import { EngineError } from "../base/errors.ts";
import type { Field } from "../schema/collection-schema.ts";
import { infoOf, type TypeFamily } from "../schema/data-type.ts";
import { type GivenParameters, parameterError } from "./parameter-rule.ts";

/** Milvus's names of the index types of scalar fields. */
export type ScalarIndexTypeName =
  | "AUTOINDEX"
  | "INVERTED"
  | "BITMAP"
  | "STL_SORT"
  | "TRIE"
  | "NGRAM"
  | "RTREE";

/** A field whose index is defined. */
export type IndexedScalar = Pick<Field, "type" | "elementType" | "primaryKey">;

/**
 * An index type of scalar fields. All are served by the evaluation of filters over the columns; what
 * is checked is what Milvus checks (`internal/util/indexparamcheck`, whose texts these are).
 */
interface ScalarIndexType {
  /** Families of the fields that it may be made on. */
  readonly families: readonly TypeFamily[];
  /** Milvus's text for fields of other types. */
  readonly refusal: (field: IndexedScalar) => string;
  /** Of an index of paths in JSON values: what they may be read as. */
  readonly casts?: readonly string[];
}

const plain: readonly TypeFamily[] = ["bool", "integer", "float", "string"];
const everyCast = [
  "BOOL",
  "DOUBLE",
  "VARCHAR",
  "ARRAY_BOOL",
  "ARRAY_DOUBLE",
  "ARRAY_VARCHAR",
  "JSON",
];

const scalarIndexTypes: Readonly<Record<ScalarIndexTypeName, ScalarIndexType>> = {
  AUTOINDEX: {
    families: [...plain, "array", "json", "timestamp", "geometry"],
    refusal: ({ type }) => `create auto index on type:${type} is not supported`,
    casts: everyCast,
  },
  INVERTED: {
    families: [...plain, "array", "json"],
    refusal: ({ type }) => `INVERTED are not supported on ${type} field`,
    casts: everyCast,
  },
  BITMAP: {
    families: ["bool", "integer", "string", "array", "json"],
    refusal: () => "bitmap index are only supported on bool, int, string and array field",
    casts: ["BOOL", "VARCHAR"],
  },
  STL_SORT: {
    families: ["integer", "float", "string", "timestamp"],
    refusal: ({ type }) =>
      `STL_SORT are only supported on numeric, varchar or timestamptz field, got ${type}`,
  },
  TRIE: {
    families: ["string"],
    refusal: () => "TRIE are only supported on varchar field",
  },
  NGRAM: {
    families: ["string", "json"],
    refusal: () => "ngram index can only be created on VARCHAR or JSON field",
    casts: ["VARCHAR"],
  },
  RTREE: {
    families: ["geometry"],
    refusal: ({ type }) => `RTREE index can only be built on geometry field, got ${type}`,
  },
};

/** The scalar type of that name, found without regard to case. */
export function scalarIndexTypeNamed(name: string): ScalarIndexTypeName | undefined {
  const upper = name.toUpperCase();
  return Object.hasOwn(scalarIndexTypes, upper) ? (upper as ScalarIndexTypeName) : undefined;
}

/**
 * Checks whether an index of the type may be made on the field, with these parameters.
 * Throws `invalid-parameter` with Milvus's texts.
 */
export function checkScalarIndex(
  name: ScalarIndexTypeName,
  field: IndexedScalar,
  params: GivenParameters,
): void {
  const type = scalarIndexTypes[name];
  const { family } = infoOf(field.type);
  if (!type.families.includes(family)) throw invalidIndex(type.refusal(field));
  if (name === "BITMAP") checkBitmap(field);
  if (family === "json") checkJsonPath(name, type, params);
  if (name === "NGRAM") checkGrams(params);
}

function checkBitmap({ primaryKey, elementType }: IndexedScalar): void {
  if (primaryKey) throw invalidIndex("create bitmap index on primary key not supported");
  if (elementType !== undefined && infoOf(elementType).family === "float") {
    throw invalidIndex("bitmap index are only supported on bool, int, string for array field");
  }
}

/** An index of JSON values is one of a path in them, whose values are read as one type. */
function checkJsonPath(
  name: ScalarIndexTypeName,
  { casts = [] }: ScalarIndexType,
  params: GivenParameters,
): void {
  const { json_cast_type: cast, json_cast_function: castFunction } = params;
  if (cast === undefined) {
    if (name === "NGRAM") {
      throw invalidIndex("JSON field with ngram index must specify json_cast_type");
    }
    throw missing("json_cast_type", "json index must specify cast type");
  }
  const wanted = `${cast}`.trim().toUpperCase();
  if (!casts.includes(wanted)) throw invalidIndex(castRefusal(name, wanted));
  if (name === "BITMAP" && params["json_path"] === undefined) {
    throw missing("json_path", "json index must specify json path");
  }
  if (castFunction === undefined) return;
  if (castFunction !== "STRING_TO_DOUBLE") {
    throw invalidIndex(`json_cast_function ${castFunction} is not supported`);
  }
  if (wanted !== "DOUBLE") {
    throw invalidIndex(
      `json_cast_function ${castFunction} is not supported for json_cast_type ${wanted}`,
    );
  }
}

function castRefusal(name: ScalarIndexTypeName, cast: string): string {
  if (name === "NGRAM") {
    return `JSON field with ngram index only supports VARCHAR cast type, got: ${cast}`;
  }
  const place = name === "BITMAP" ? " for BITMAP index" : "";
  return `json_cast_type ${cast} is not supported${place}`;
}

function checkGrams({ min_gram: min, max_gram: max }: GivenParameters): void {
  if (min === undefined || max === undefined) {
    throw invalidIndex("Ngram index must specify both min_gram and max_gram");
  }
  const [least, most] = [gramOf("min_gram", min), gramOf("max_gram", max)];
  if (least > 0 && least <= most) return;
  throw invalidIndex(
    `invalid min_gram or max_gram value for Ngram index, min_gram: ${least}, max_gram: ${most}`,
  );
}

function gramOf(name: string, value: unknown): number {
  const text = `${value}`;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw parameterError(name, `${name} for Ngram index must be an integer, got: ${text}`);
}

function missing(parameter: string, message: string): EngineError {
  return invalidIndex(`${message}: missing parameter[missing_param=${parameter}]`);
}

function invalidIndex(message: string): EngineError {
  return new EngineError("invalid-parameter", message, {
    details: { expected: "valid index params", actual: "invalid index params" },
  });
}
