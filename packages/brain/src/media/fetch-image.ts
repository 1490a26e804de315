import { BrainError, messageOf } from "../base/brain-error.ts";

const timeoutMs = 30_000;
const bytesMax = 64 << 20;

/** The bytes of an image on the web, up to 64 MB. Throws `file-unreadable`. */
export async function fetchImage(url: string): Promise<Uint8Array> {
  const fail = (reason: string, cause?: unknown): BrainError =>
    new BrainError("file-unreadable", `Cannot fetch ${url}: ${reason}`, {
      details: { url },
      ...(cause === undefined ? {} : { cause }),
    });
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw fail(messageOf(cause), cause);
  }
  if (!response.ok) throw fail(`status ${response.status}`);
  if (Number(response.headers.get("content-length") ?? 0) > bytesMax) {
    throw fail("it has more than 64 MB");
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > bytesMax) throw fail("it has more than 64 MB");
  return bytes;
}
