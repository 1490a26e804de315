import { GrpcError, grpcCodes } from "./grpc-error.ts";

/** Whether it is compressed, in one byte, and its length in four, before each message. */
const headBytes = 5;
/** The first place for a message that comes in pieces. */
const firstPlaceBytes = 64 * 1024;
/** A place that is full makes room for so many times what has come. */
const growth = 8;

/** A message as it came. */
export interface FramedMessage {
  readonly isCompressed: boolean;
  readonly bytes: Uint8Array;
}

/**
 * Puts the one message of a request together, whatever pieces it comes in. Memory is taken as bytes
 * come, not as their sender announces them.
 */
export class MessageReader {
  readonly #bytesMax: number;
  readonly #head = Buffer.alloc(headBytes);
  #headLength = 0;
  #announced = 0;
  #body: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Throws `GrpcError` for a message that is too large or unreadable, and for a second one. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (this.#headLength < headBytes && offset < chunk.length) {
      this.#head[this.#headLength++] = chunk[offset++];
      if (this.#headLength === headBytes) this.#readHead();
    }
    if (offset === chunk.length) return;
    const piece = chunk.subarray(offset);
    if (this.#length + piece.length > this.#announced) {
      const text = "Received more than one message for a unary call";
      throw new GrpcError(grpcCodes.unimplemented, text);
    }
    this.#append(piece);
  }

  /** The message, when no more will come. Throws `GrpcError` when it is not whole. */
  finish(): FramedMessage {
    if (this.#headLength === 0) {
      const text = "Received no request message for a unary call";
      throw new GrpcError(grpcCodes.unimplemented, text);
    }
    if (this.#headLength < headBytes || this.#length < this.#announced) {
      throw new GrpcError(grpcCodes.internal, "The request ended in the middle of its message");
    }
    return { isCompressed: this.#head[0] === 1, bytes: this.#body.subarray(0, this.#length) };
  }

  #readHead(): void {
    if (this.#head[0] > 1) {
      const text = `Received a message with the unknown compressed flag ${this.#head[0]}`;
      throw new GrpcError(grpcCodes.internal, text);
    }
    this.#announced = this.#head.readUInt32BE(1);
    if (this.#announced <= this.#bytesMax) return;
    const sizes = `${this.#announced} vs ${this.#bytesMax}`;
    throw new GrpcError(grpcCodes.resourceExhausted, `Received message larger than max (${sizes})`);
  }

  #append(piece: Buffer): void {
    const length = this.#length + piece.length;
    // Nearly all requests come in one piece, which needs no place of its own.
    if (this.#length === 0 && length === this.#announced) this.#body = piece;
    else {
      if (length > this.#body.length) this.#grow(length);
      this.#body.set(piece, this.#length);
    }
    this.#length = length;
  }

  #grow(needed: number): void {
    const room = Math.max(firstPlaceBytes, growth * needed);
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#announced, room));
    grown.set(this.#body.subarray(0, this.#length));
    this.#body = grown;
  }
}

/** What goes before a message. */
export function messageHead(length: number, isCompressed: boolean): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head[0] = isCompressed ? 1 : 0;
  head.writeUInt32BE(length, 1);
  return head;
}
