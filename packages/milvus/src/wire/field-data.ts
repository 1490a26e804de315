import { dataSize, fieldDataSize } from "./data-size.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { boolsOf, writeInts } from "./packed-numbers.ts";
import { readScalarField, writeScalarField } from "./scalar-field.ts";
import { readVectorField, writeVectorField } from "./vector-field.ts";
import type { WireData, WireField, WireOther, WireStructs } from "./wire-field.ts";
import { WireError, WireReader, wireTypes } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

/** Decodes a `schema.FieldData`. Throws {@link WireError}. */
export function decodeFieldData(bytes: Uint8Array): WireField {
  return readFieldData(new WireReader(bytes));
}

/** Reads a `schema.FieldData`. Of a oneof given twice, the last counts. */
export function readFieldData(reader: WireReader): WireField {
  return readField(reader, true);
}

/** Structs in structs are only named, so that deep nesting can't exhaust the stack. */
function readField(reader: WireReader, mayBeStruct: boolean): WireField {
  let typeId = 0;
  let name = "";
  let fieldId = 0;
  let isDynamic = false;
  let content: { data: WireData; valid: Uint8Array } = noContent;
  const legacyValid = new JoinedBytes();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        typeId = reader.int32();
        break;
      case 2:
        name = reader.string();
        break;
      case 3:
        content = readScalarField(reader.message());
        break;
      case 4:
        content = readVectorField(reader.message());
        break;
      case 5:
        fieldId = Number(reader.int64());
        break;
      case 6:
        isDynamic = reader.bool();
        break;
      case 7:
        legacyValid.append(reader.elements(wireTypes.varint));
        break;
      case 8:
        content = { ...noContent, data: readStructs(reader, mayBeStruct) };
        break;
      default:
        reader.skip();
    }
  }
  const packedValid = content.valid.length > 0 ? content.valid : legacyValid.bytes;
  const valid = packedValid.length > 0 ? { valid: boolsOf(packedValid) } : {};
  return { name, typeId, fieldId, isDynamic, ...valid, data: content.data };
}

function readStructs(reader: WireReader, isDecoded: boolean): WireStructs | WireOther {
  if (!isDecoded) {
    reader.skip();
    return { kind: "other", name: "struct_arrays" };
  }
  const message = reader.message();
  const fields: WireField[] = [];
  while (message.next()) {
    if (message.field === 1) pushField(fields, readField(message.message(), false));
    else message.skip();
  }
  return { kind: "structs", fields };
}

/** Most fields, or field operations, of a request: Milvus's collections have at most 256. */
export const requestFieldsMax = 1_024;

/** An empty field is two bytes of a request but a hundred of memory. */
export function pushField<T>(list: T[], element: T): void {
  if (list.length === requestFieldsMax) {
    throw new WireError(`The request has more than ${requestFieldsMax} fields`);
  }
  list.push(element);
}

const noContent: { readonly data: WireData; readonly valid: Uint8Array } = {
  data: { kind: "other", name: "" },
  valid: new Uint8Array(0),
};

/** Encodes a `schema.FieldData`. */
export function encodeFieldData(field: WireField): Uint8Array {
  const writer = new WireWriter();
  writeFieldDataContent(writer, field);
  return writer.finish();
}

/**
 * Writes a `schema.FieldData` as the given field. Null rows go to FieldData's own `valid_data`, the
 * only one that released clients read.
 */
export function writeFieldData(writer: WireWriter, fieldNumber: number, field: WireField): void {
  const mark = writer.begin(fieldNumber, fieldDataSize(field));
  writeFieldDataContent(writer, field);
  writer.end(mark);
}

function writeFieldDataContent(writer: WireWriter, field: WireField): void {
  const { data } = field;
  writer.int32(1, field.typeId).string(2, field.name);
  switch (data.kind) {
    case "floatVector":
    case "binaryVector":
    case "float16Vector":
    case "bfloat16Vector":
    case "sparseFloatVector":
    case "int8Vector":
    case "vectorArray":
      writeVectorField(writer, 4, data);
      break;
    case "structs": {
      const mark = writer.begin(8, dataSize(data));
      for (const subField of data.fields) writeFieldData(writer, 1, subField);
      writer.end(mark);
      break;
    }
    default:
      writeScalarField(writer, 3, data);
  }
  writer.int64(5, BigInt(field.fieldId)).bool(6, field.isDynamic);
  if (field.valid !== undefined) writeInts(writer, 7, field.valid);
}
