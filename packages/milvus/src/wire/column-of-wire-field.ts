import {
  type BytesColumn,
  type Column,
  type DataType,
  EngineError,
  type Field,
  type FixedColumn,
  type ListColumn,
  textAt,
  timestamptzOfRow,
  wkbOfWkt,
} from "@redkite/engine";
import type { ByteStrings } from "./byte-strings.ts";
import { denseColumn, sparseColumn, vectorArrayColumn } from "./columns-of-wire-vectors.ts";
import { expandColumn } from "./expand-column.ts";
import { narrowInts } from "./narrow-ints.ts";
import type { WireArrays, WireData, WireField, WireScalars } from "./wire-field.ts";
import { wireForms } from "./wire-forms.ts";

/** What a request says beside its field data. */
export interface WireColumnOptions {
  /** How many rows the request says that it has. */
  readonly rowCount: number;
  /** Where times without an offset are; UTC when left out. */
  readonly timeZone?: string;
}

/**
 * A request's field data as the engine's column of that field. The wire holds the valid rows only,
 * the column has a placeholder for each null row; values are not copied where no row is null.
 *
 * Throws `schema-mismatch` or `dimension-mismatch` with Milvus's texts when data and field don't go
 * together (Milvus's `fieldvalidator` package), `invalid-parameter` for times and geometries that are
 * none, and `limit-exceeded` for nulls that would take too much memory. The engine checks lengths,
 * JSON texts and NaN.
 */
export function columnOfWireField(
  field: Field,
  wire: WireField,
  options: WireColumnOptions,
): Column {
  const { rowCount } = options;
  const compact = compactColumn(field, wire.data, options);
  const { valid } = wire;
  if (valid !== undefined) checkValidLength(field, valid.length, rowCount);
  const expected = valid === undefined ? rowCount : countOnes(valid);
  if (compact.rowCount !== expected) throw wrongRowCount(field, compact, { expected, rowCount });
  return valid === undefined ? compact : expandColumn(compact, valid);
}

/** The column of the rows that were sent. */
function compactColumn(field: Field, sent: WireData, options: WireColumnOptions): Column {
  const { none } = wireForms[field.type];
  const data = sent.kind === "other" && sent.name === "" ? none : sent;
  if (data.kind !== none.kind && !isOtherFormOf(field.type, data)) throw illegalData(field);
  const column = columnOfData(field, data, options);
  // To Milvus an empty array is the same as one of another type.
  if (column.rowCount === 0 && !mayLackValues(field)) throw illegalData(field);
  return column;
}

/** Clients send times as texts and geometries as WKT, of either string kind. */
function isOtherFormOf(type: DataType, { kind }: WireData): boolean {
  if (type === "Timestamptz") return kind === "timestamptz";
  return type === "Geometry" && kind === "string";
}

function columnOfData(field: Field, data: WireData, options: WireColumnOptions): Column {
  switch (data.kind) {
    case "floatVector":
    case "binaryVector":
    case "float16Vector":
    case "bfloat16Vector":
    case "int8Vector":
      return denseColumn(field, data);
    case "sparseFloatVector":
      return sparseColumn(data);
    case "vectorArray":
      return vectorArrayColumn(field, data);
    case "array":
      return listColumn(field, data);
    case "structs":
    case "other":
      throw illegalData(field);
    default:
      if (field.type === "Geometry" && "bytes" in data) return geometryColumn(data);
      if (field.type === "Timestamptz" && "bytes" in data) return timesColumn(data, options);
      return plainColumn(field.type, data, (index) => index);
  }
}

function geometryColumn({ offsets, bytes }: ByteStrings): BytesColumn {
  const rowCount = offsets.length - 1;
  const geometries = Array.from({ length: rowCount }, (_, row) =>
    wkbOfWkt(textAt(bytes, offsets[row], offsets[row + 1])),
  );
  const ends = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) ends[row + 1] = ends[row] + geometries[row].length;
  return { layout: "bytes", rowCount, offsets: ends, bytes: Buffer.concat(geometries) };
}

function timesColumn({ offsets, bytes }: ByteStrings, options: WireColumnOptions): FixedColumn {
  const rowCount = offsets.length - 1;
  const values = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const text = textAt(bytes, offsets[row], offsets[row + 1]);
    values[row] = timestamptzOfRow(text, options.timeZone);
  }
  return { layout: "fixed", rowCount, values };
}

function listColumn(field: Field, { offsets, elements: sent }: WireArrays): ListColumn {
  const type = field.elementType ?? "Int64";
  const rowCount = offsets.length - 1;
  const { none, elements: expected } = wireForms[type];
  const elements = rowCount === 0 ? none : sent;
  if (elements.kind !== none.kind || !isScalars(elements)) {
    const actual = `${elements.kind === "other" ? elements.name || "nil" : elements.kind} array`;
    throw new EngineError("schema-mismatch", "insert data does not match", {
      details: { field: field.name, expected, actual },
    });
  }
  const positionInRow = (index: number) =>
    index - (offsets.findLast((offset) => offset <= index) ?? 0);
  return {
    layout: "list",
    rowCount,
    offsets,
    elements: plainColumn(type, elements, positionInRow),
  };
}

/** `positionOf` says for error texts which element of its row an element is. */
function plainColumn(
  type: DataType,
  data: WireScalars,
  positionOf: (index: number) => number,
): FixedColumn | BytesColumn {
  if ("bytes" in data) {
    const { offsets, bytes } = data;
    return { layout: "bytes", rowCount: offsets.length - 1, offsets, bytes };
  }
  const values = data.kind === "int" ? narrowInts(type, data.values, positionOf) : data.values;
  return { layout: "fixed", rowCount: values.length, values };
}

function isScalars(data: WireData): data is WireScalars {
  switch (data.kind) {
    case "bool":
    case "int":
    case "long":
    case "float":
    case "double":
    case "string":
    case "bytes":
    case "json":
      return true;
    default:
      return false;
  }
}

function mayLackValues(field: Field): boolean {
  return field.nullable || field.defaultValue !== undefined;
}

/** `valid_data` must cover all rows, and be absent where there must be a value. */
function checkValidLength(field: Field, actual: number, rowCount: number): void {
  const expected = mayLackValues(field) ? rowCount : 0;
  if (actual === expected) return;
  throw new EngineError(
    "schema-mismatch",
    `the length of valid_data of field(${field.name}) is wrong`,
    { details: { field: field.name, expected, actual } },
  );
}

function countOnes(valid: Uint8Array): number {
  return valid.reduce((sum, one) => sum + one, 0);
}

function illegalData(field: Field): EngineError {
  const { title, problem, need } = wireForms[field.type];
  return new EngineError(
    "schema-mismatch",
    `${title}field '${field.name}' is illegal, ${problem}`,
    { details: { field: field.name, expected: `need ${need}`, actual: "got nil" } },
  );
}

function wrongRowCount(
  field: Field,
  { rowCount: actual, layout }: Column,
  { expected, rowCount }: { expected: number; rowCount: number },
): EngineError {
  // Milvus spreads the scalars of fields that may lack values first, and says so in other words.
  const isSpread = mayLackValues(field) && layout !== "vector" && layout !== "sparse";
  const message = isSpread
    ? "the length of field is wrong"
    : `the num_rows (${actual}) of field (${field.name}) is not equal to passed num_rows (${rowCount})`;
  return new EngineError("schema-mismatch", message, {
    details: { field: field.name, expected: isSpread ? expected : rowCount, actual },
  });
}
