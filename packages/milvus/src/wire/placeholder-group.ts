import type { ByteStrings } from "./byte-strings.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { WireError, WireReader } from "./wire-reader.ts";

/** The vectors of a search: a `common.PlaceholderGroup`, of which Milvus reads the first entry. */
export interface WirePlaceholders {
  readonly tag: string;
  /** A number of `common.PlaceholderType`. */
  readonly typeId: number;
  readonly queryCount: number;
  /** The vectors' bytes: vector i is `bytes[offsets[i] .. offsets[i + 1]]`. */
  readonly values: ByteStrings;
  readonly elementLevel: boolean;
}

/** Decodes a `common.PlaceholderGroup`. Throws {@link WireError}. */
export function decodePlaceholderGroup(bytes: Uint8Array): WirePlaceholders {
  const group = new WireReader(bytes);
  while (group.next()) {
    if (group.field === 1) return readPlaceholder(group.message());
    group.skip();
  }
  throw new WireError("PlaceholderGroup has no placeholders");
}

function readPlaceholder(reader: WireReader): WirePlaceholders {
  let tag = "";
  let typeId = 0;
  let elementLevel = false;
  const offsets = [0];
  const joined = new JoinedBytes();
  while (reader.next()) {
    if (reader.field === 1) tag = reader.string();
    else if (reader.field === 2) typeId = reader.int32();
    else if (reader.field === 3) {
      const value = reader.bytes();
      joined.append(value);
      offsets.push(offsets[offsets.length - 1] + value.length);
    } else if (reader.field === 4) elementLevel = reader.bool();
    else reader.skip();
  }
  const values = { offsets: Uint32Array.from(offsets), bytes: joined.bytes };
  return { tag, typeId, queryCount: offsets.length - 1, values, elementLevel };
}
