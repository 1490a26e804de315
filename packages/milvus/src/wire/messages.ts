import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { checkEncoding } from "./check-encoding.ts";
import { WireError } from "./wire-reader.ts";

/** Decodes any message. The hot ones have codecs of their own. Throws {@link WireError}. */
export function decodeMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
): MessageShape<Desc> {
  checkEncoding(schema, bytes);
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new WireError(`${schema.typeName} can't be decoded`, { cause });
  }
}

/** Encodes any message. */
export function encodeMessage<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
): Uint8Array {
  return toBinary(schema, message);
}
