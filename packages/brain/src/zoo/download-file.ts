import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { type LongOperationOptions, throwIfCancelled } from "../base/progress.ts";

/** A file to download. */
export interface Download extends LongOperationOptions {
  readonly url: string;
  /** Where it goes once it is complete. Until then it grows in `<path>.part`. */
  readonly path: string;
  /** The most bytes that it may have. */
  readonly bytesMax: number;
  /** How long to wait for the first byte, or the next, before giving up. Default 15,000 ms. */
  readonly stallMs?: number;
}

/**
 * Downloads a file; what an earlier attempt left is gone on with, where the server can. `progress` counts
 * bytes.
 *
 * @throws {BrainError} `server-unreachable` when nobody answers, the answer is no, or it breaks off:
 * then what came stays for the next attempt; `limit-exceeded`, `cancelled`, `io`.
 */
export async function downloadFile(download: Download): Promise<void> {
  const { url, path, signal } = download;
  const part = `${path}.part`;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), download.stallMs ?? 15_000);
  const signals = [stalled.signal, ...(signal === undefined ? [] : [signal])];
  try {
    await mkdir(dirname(path), { recursive: true });
    const start = await sizeOf(part);
    const response = await request(url, start, AbortSignal.any(signals));
    await receive(response, download, { part, start, stillComing: () => timer.refresh() });
    await rename(part, path);
  } catch (error) {
    throwIfCancelled(signal, `The download of ${url}`);
    if (error instanceof BrainError) throw error;
    const reason = stalled.signal.aborted ? "it does not go on" : reasonOf(error);
    throw unreachable(url, reason, error);
  } finally {
    clearTimeout(timer);
  }
}

async function request(url: string, start: number, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, {
    signal,
    ...(start === 0 ? {} : { headers: { range: `bytes=${start}-` } }),
  });
  // There is nothing behind what is there: it is another file's part, so it begins anew.
  if (response.status === 416 && start > 0) return await request(url, 0, signal);
  if (!response.ok || response.body === null) {
    throw unreachable(url, `it answers with the status ${response.status}`);
  }
  // Such as a page that says that too many have downloaded it today.
  if (response.headers.get("content-type")?.startsWith("text/html") === true) {
    throw unreachable(url, "it answers with a web page");
  }
  return response;
}

/** Writes what comes behind what is there, or over it where the server begins at the beginning. */
async function receive(
  response: Response,
  { url, bytesMax, progress }: Download,
  { part, start, stillComing }: { part: string; start: number; stillComing: () => void },
): Promise<void> {
  const isResumed = response.status === 206;
  let done = isResumed ? start : 0;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isFinite(length) ? done + length : undefined;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      stillComing();
      done += chunk.length;
      if (done > bytesMax) {
        callback(
          new BrainError(
            "limit-exceeded",
            `Cannot download ${url}: it has more than ${bytesMax} bytes`,
            {
              details: { url, bytesMax },
            },
          ),
        );
        return;
      }
      progress?.({ done, ...(total === undefined ? {} : { total }) });
      callback(null, chunk);
    },
  });
  try {
    // The body is there: `request` looked. Node's own type of it has members that the web's has not.
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, counter, createWriteStream(part, { flags: isResumed ? "a" : "w" }));
  } catch (error) {
    if (error instanceof BrainError) await rm(part, { force: true });
    throw error;
  }
  if (total !== undefined && done !== total) {
    throw unreachable(url, `it breaks off after ${done} of ${total} bytes`);
  }
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** `fetch` says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : messageOf(cause);
}

function unreachable(url: string, reason: string, cause?: unknown): BrainError {
  return new BrainError("server-unreachable", `Cannot download ${url}: ${reason}`, {
    details: { url, reason },
    ...(cause === undefined ? {} : { cause }),
  });
}
