import { PlaceholderType } from "./gen/common_pb.ts";
import { JoinedBytes } from "./joined-bytes.ts";
import { floatsOf } from "./packed-numbers.ts";
import { WireError, WireReader } from "./wire-reader.ts";

/** The vectors of a search: a `common.PlaceholderGroup`, of which Milvus reads the first entry. */
export interface WirePlaceholders {
  readonly tag: string;
  /** A number of `common.PlaceholderType`. */
  readonly typeId: number;
  readonly queryCount: number;
  /** Components of each vector; 0 for other kinds than FloatVector. */
  readonly dim: number;
  /** `queryCount * dim` floats; empty for other kinds than FloatVector. */
  readonly vectors: Float32Array;
  readonly elementLevel: boolean;
}

/** Decodes a `common.PlaceholderGroup`. Throws {@link WireError}, also when vectors differ in size. */
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
  const values = new EqualValues();
  while (reader.next()) {
    if (reader.field === 1) tag = reader.string();
    else if (reader.field === 2) typeId = reader.int32();
    else if (reader.field === 3) values.append(reader.bytes());
    else if (reader.field === 4) elementLevel = reader.bool();
    else reader.skip();
  }
  const vectors = typeId === PlaceholderType.FloatVector ? values.floats() : new Float32Array(0);
  const dim = vectors.length === 0 ? 0 : vectors.length / values.count;
  return { tag, typeId, queryCount: values.count, dim, vectors, elementLevel };
}

/** Values that must have one size, if they are vectors of floats. */
class EqualValues {
  count = 0;
  readonly #joined = new JoinedBytes();
  #size = 0;
  #oddSize: number | undefined;

  append(value: Uint8Array): void {
    if (this.count === 0) this.#size = value.length;
    else if (value.length !== this.#size) this.#oddSize ??= value.length;
    this.#joined.append(value);
    this.count++;
  }

  floats(): Float32Array {
    if (this.#oddSize !== undefined) {
      throw new WireError(
        `vector dimension mismatch, expected vector size(byte) ${this.#size}, actual ${this.#oddSize}`,
      );
    }
    if (this.#size % 4 !== 0) throw new WireError(`${this.#size} bytes are no whole floats`);
    return floatsOf(this.#joined.bytes);
  }
}
