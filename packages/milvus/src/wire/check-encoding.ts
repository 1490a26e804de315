import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { WireError, WireReader, type WireType, wireTypes } from "./wire-reader.ts";

/** Messages that may lie in each other: the limit of most protobuf decoders. */
const depthMax = 100;

/** How a known field may be encoded. */
interface FieldForm {
  readonly wireType: WireType;
  /** Whether numbers may also come packed, many in one run of bytes. */
  readonly isPackable: boolean;
  /** The fields of the message, or of the map's entry, that the field holds. */
  readonly inner?: () => MessageForm;
}

type MessageForm = ReadonlyMap<number, FieldForm>;

const forms = new WeakMap<DescMessage, MessageForm>();

/**
 * Throws `WireError` unless every field that the schema knows has its wire type and whatever a
 * message holds ends with it. Decoders of protobuf don't look: where a field has another type, or is
 * longer than what it lies in, each goes on reading somewhere else. Two of them, one that looks who
 * may make a request and one that carries it out, would then see two requests in the same bytes.
 */
export function checkEncoding(schema: DescMessage, bytes: Uint8Array): void {
  checkForm(formOf(schema), new WireReader(bytes), depthMax);
}

function checkForm(form: MessageForm, reader: WireReader, depth: number): void {
  if (depth === 0) throw new WireError(`More than ${depthMax} messages lie in each other`);
  while (reader.next()) {
    const field = form.get(reader.field);
    if (field === undefined) {
      reader.skip();
      continue;
    }
    const { wireType } = reader;
    const isPacked = field.isPackable && wireType === wireTypes.bytes;
    if (wireType !== field.wireType && !isPacked) {
      throw new WireError(
        `Field ${reader.field} has wire type ${wireType}, expected ${field.wireType}`,
      );
    }
    if (field.inner === undefined) reader.skip();
    else checkForm(field.inner(), reader.message(), depth - 1);
  }
}

function formOf(schema: DescMessage): MessageForm {
  let form = forms.get(schema);
  if (form === undefined) {
    form = new Map(schema.fields.map((field) => [field.number, fieldForm(field)]));
    forms.set(schema, form);
  }
  return form;
}

function fieldForm(field: DescField): FieldForm {
  if (field.fieldKind === "map") {
    const entry: MessageForm = new Map([
      [1, valueForm({ scalar: field.mapKey }, false)],
      [2, valueForm(field, false)],
    ]);
    return { wireType: wireTypes.bytes, isPackable: false, inner: () => entry };
  }
  return valueForm(field, field.fieldKind === "list");
}

/** What a field, or a key or value of a map, is: a message, a scalar or else an enum. */
interface ValueType {
  readonly message?: DescMessage | undefined;
  readonly scalar?: ScalarType | undefined;
}

function valueForm({ message, scalar }: ValueType, isRepeated: boolean): FieldForm {
  if (message !== undefined) {
    return { wireType: wireTypes.bytes, isPackable: false, inner: () => formOf(message) };
  }
  const wireType = scalar === undefined ? wireTypes.varint : wireTypeOf(scalar);
  return { wireType, isPackable: isRepeated && wireType !== wireTypes.bytes };
}

function wireTypeOf(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return wireTypes.bytes;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return wireTypes.fixed64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return wireTypes.fixed32;
    default:
      return wireTypes.varint;
  }
}
