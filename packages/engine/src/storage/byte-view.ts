/** A kind of typed array, as a value: `Float32Array`, ... */
export interface TypedArrayConstructor<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
}

/**
 * The bytes as an array of wider numbers: on the same memory when they lie on a multiple of the
 * number's width there, else on a copy. Their count is a multiple of that width.
 */
export function viewAs<T>(type: TypedArrayConstructor<T>, bytes: Uint8Array): T {
  const width = type.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}

/** The memory of a typed array as bytes, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
