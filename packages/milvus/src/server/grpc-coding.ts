import { promisify } from "node:util";
import { deflate, gunzip, gzip, inflate } from "node:zlib";
import { GrpcError, grpcCodes } from "./grpc-error.ts";

/** How messages are compressed. gRPC's `deflate` is zlib's format. */
interface Coding {
  readonly expand: (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

const codings: ReadonlyMap<string, Coding> = new Map([
  ["gzip", { expand: promisify(gunzip), compress: promisify(gzip) }],
  ["deflate", { expand: promisify(inflate), compress: promisify(deflate) }],
]);

/** What the server says that it understands. */
export const acceptedCodings = "identity,deflate,gzip";

/** Whether `grpc-encoding` may have this value. */
export function isKnownCoding(name: string): boolean {
  return name === "identity" || codings.has(name);
}

/** Throws `GrpcError` for bytes that are not of this coding, and for more than `bytesMax` in them. */
export async function expandMessage(
  bytes: Uint8Array,
  name: string,
  bytesMax: number,
): Promise<Uint8Array> {
  const coding = codings.get(name);
  if (coding === undefined) {
    const text = `Received a compressed message without a coding (grpc-encoding: ${name})`;
    throw new GrpcError(grpcCodes.internal, text);
  }
  try {
    return await coding.expand(bytes, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (cause instanceof RangeError) {
      const text = `Received message that decompresses to a size larger than ${bytesMax}`;
      throw new GrpcError(grpcCodes.resourceExhausted, text, { cause });
    }
    throw new GrpcError(grpcCodes.internal, "Failed to decompress message", { cause });
  }
}

/** The message in a coding that {@link isKnownCoding}, and is not `identity`. */
export async function compressMessage(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  return (await codings.get(name)?.compress(bytes)) ?? bytes;
}
