import { createHash, type Hash } from "node:crypto";
import { SnowparkError } from "../base/snowpark-error.ts";

/** The name of a blob: `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

const digestForm = /^sha256:[0-9a-f]{64}$/;

/** The digest of bytes that are all there. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** @throws SnowparkError `image-failed` for what is no SHA-256 digest. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new SnowparkError("image-failed", `Cannot use the digest ${JSON.stringify(text)}`, {
    remedy: "Images are named by sha256: and 64 hexadecimal digits",
  });
}

export function isDigest(text: string): text is Digest {
  return digestForm.test(text);
}

/** Counts and hashes bytes that pass by. */
export class DigestMeter {
  readonly #hash: Hash = createHash("sha256");
  #size = 0;

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Ends the count: call it once. */
  digest(): Digest {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}

/**
 * Passes bytes on, and fails at the end when they are not those that the digest names.
 *
 * @throws SnowparkError `image-failed`, after the last byte, or at the first one too many.
 */
export async function* verified(
  bytes: AsyncIterable<Uint8Array>,
  expected: { readonly digest: Digest; readonly size: number },
): AsyncGenerator<Uint8Array> {
  const meter = new DigestMeter();
  for await (const chunk of bytes) {
    meter.update(chunk);
    if (meter.size > expected.size) break;
    yield chunk;
  }
  const { size } = meter;
  const found = meter.digest();
  if (size === expected.size && found === expected.digest) return;
  throw new SnowparkError(
    "image-failed",
    `Cannot use the blob ${expected.digest} of ${expected.size} bytes: what came is ${found} of ${size} bytes or more`,
    { remedy: "Run it again; if it happens again, the image at its source is damaged" },
  );
}
