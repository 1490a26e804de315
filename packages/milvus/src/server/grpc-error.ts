/** gRPC's status codes, those that a transport answers with. */
export const grpcCodes = {
  ok: 0,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unauthenticated: 16,
} as const;

export type GrpcCode = (typeof grpcCodes)[keyof typeof grpcCodes];

/** Bytes of a message as it goes into a header: some clients take no more than 8 KiB of headers. */
const messageBytesMax = 4_096;

/** A call that failed in the transport, or before it came to the service. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A text as `grpc-message`: UTF-8, of which all but printable ASCII is percent-encoded. */
export function encodeGrpcMessage(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    const hex = byte.toString(16).toUpperCase().padStart(2, "0");
    encoded += isPlain ? String.fromCharCode(byte) : `%${hex}`;
    if (encoded.length >= messageBytesMax) break;
  }
  return encoded;
}
