import { SnowparkError } from "../base/snowpark-error.ts";
import type { Descriptor } from "./image.ts";
import { type RegistryClient, unexpectedAnswer } from "./registry-client.ts";

export interface UploadOptions {
  /** The blob's bytes from the first one on. Called again when an upload has to begin again. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** Is told how many bytes the registry has. */
  readonly onProgress: (offset: number) => void;
  /** A repository of the same registry that has the blob, perhaps. */
  readonly mountFrom?: string;
}

/** What is sent in one request, and kept in memory until the registry has it. */
const chunkBytes = 8 * 1024 * 1024;

/** How often an upload is begun again that the registry has lost. */
const restartsMax = 3;

/** How often one chunk is sent. */
const chunkTriesMax = 5;
const chunkPauseMs = 250;

/**
 * Uploads a blob in chunks, each of them again from where the registry says it is when its request fails. Answers
 * whether bytes were sent: not where the registry took the blob from another repository.
 *
 * @throws SnowparkError as {@link RegistryClient.send}, and `image-failed` when the registry refuses the blob or the
 *   bytes are not those of its digest.
 */
export async function uploadBlob(
  client: RegistryClient,
  blob: Descriptor,
  options: UploadOptions,
): Promise<boolean> {
  for (let restarts = 0; ; restarts++) {
    const location = await begin(client, blob, options.mountFrom);
    if (location === undefined) return false;
    const end = await sendChunks(new Upload(client, blob, location), options);
    if (end !== "lost") return true;
    if (restarts >= restartsMax) {
      throw new SnowparkError(
        "network",
        `The registry lost the upload of ${blob.digest} ${restarts + 1} times`,
      );
    }
  }
}

/** Where the bytes go; undefined when the registry has mounted the blob. */
async function begin(
  client: RegistryClient,
  { digest }: Descriptor,
  mountFrom: string | undefined,
): Promise<URL | undefined> {
  const query =
    mountFrom === undefined ? "" : `?${new URLSearchParams({ mount: digest, from: mountFrom })}`;
  const answer = await client.send({
    method: "POST",
    address: `/v2/${client.repository.path}/blobs/uploads/${query}`,
  });
  const isMounted = answer.status === 201 && mountFrom !== undefined;
  if (answer.status !== 202 && !isMounted)
    throw await unexpectedAnswer(`begin the upload of ${digest}`, answer);
  await answer.body?.cancel();
  return isMounted ? undefined : locationOf(answer, client.repository.registry, digest);
}

/** Where the next bytes go; the registry may name it from where these went. */
function locationOf(answer: Response, from: string | URL, digest: string): URL {
  const location = answer.headers.get("location");
  if (location !== null) return new URL(location, from);
  throw new SnowparkError("network", `The registry did not say where the bytes of ${digest} go`);
}

async function sendChunks(
  upload: Upload,
  { open, onProgress }: UploadOptions,
): Promise<"done" | "lost"> {
  for await (const chunk of inChunks(open(), chunkBytes)) {
    if (!(await upload.send(chunk))) return "lost";
    onProgress(upload.offset);
  }
  await upload.finish();
  return "done";
}

/** One upload under way. */
class Upload {
  readonly #client: RegistryClient;
  readonly #blob: Descriptor;
  #location: URL;
  #offset = 0;

  constructor(client: RegistryClient, blob: Descriptor, location: URL) {
    this.#client = client;
    this.#blob = blob;
    this.#location = location;
  }

  /** How many bytes the registry has. */
  get offset(): number {
    return this.#offset;
  }

  /** Sends the next bytes; false when the registry does not know the upload any more. */
  async send(chunk: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const start = this.#offset;
    const end = start + chunk.length;
    for (let tries = 1; ; tries++) {
      const body = chunk.subarray(this.#offset - start);
      const answer = await this.#patch(body).catch((error: unknown) => {
        if (error instanceof SnowparkError && error.code === "network") return error;
        throw error;
      });
      if (answer instanceof Response && answer.status === 202) {
        await answer.body?.cancel();
        this.#location = locationOf(answer, this.#location, this.#blob.digest);
        this.#offset = end;
        return true;
      }
      if (tries >= chunkTriesMax) throw await this.#failure(answer);
      if (answer instanceof Response && isRefusal(answer.status)) throw await this.#failure(answer);
      if (answer instanceof Response) await answer.body?.cancel();
      await this.#client.pause(chunkPauseMs * 2 ** (tries - 1));
      const known = await this.#knownOffset();
      if (known === undefined || known < start || known > end) return false;
      this.#offset = known;
      if (known === end) return true;
    }
  }

  async finish(): Promise<void> {
    const { digest } = this.#blob;
    const address = new URL(this.#location);
    address.searchParams.set("digest", digest);
    const headers = { "Content-Type": "application/octet-stream" };
    const answer = await this.#client.send({ method: "PUT", address, headers });
    if (answer.status !== 201) throw await this.#failure(answer);
    await answer.body?.cancel();
  }

  async #patch(body: Uint8Array<ArrayBuffer>): Promise<Response> {
    return await this.#client.send({
      method: "PATCH",
      address: this.#location,
      headers: {
        "Content-Type": "application/octet-stream",
        "Content-Range": `${this.#offset}-${this.#offset + body.length - 1}`,
      },
      body,
      // Part of it may have arrived.
      repeat: "none",
    });
  }

  /** How many bytes have arrived; undefined when the registry does not know the upload. */
  async #knownOffset(): Promise<number | undefined> {
    const answer = await this.#client.send({ method: "GET", address: this.#location });
    await answer.body?.cancel();
    if (!answer.ok) return undefined;
    const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get("range") ?? "") ?? [];
    if (answer.headers.has("location")) {
      this.#location = locationOf(answer, this.#location, this.#blob.digest);
    }
    // Registries write 0-0 for an upload without a byte.
    return last === undefined || last === "0" ? 0 : Number(last) + 1;
  }

  async #failure(answer: Response | SnowparkError): Promise<SnowparkError> {
    if (answer instanceof SnowparkError) return answer;
    return await unexpectedAnswer(`upload ${this.#blob.digest}`, answer);
  }
}

/** Whether an answer says that no repetition will help. 416 tells of bytes that have come already. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![404, 408, 416, 429].includes(status);
}

/** The same bytes in pieces of one size, but for the last. No piece is empty. */
async function* inChunks(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let waiting: Uint8Array[] = [];
  let count = 0;
  for await (const piece of bytes) {
    let rest = piece;
    while (count + rest.length >= size) {
      waiting.push(rest.subarray(0, size - count));
      rest = rest.subarray(size - count);
      yield Buffer.concat(waiting, size);
      waiting = [];
      count = 0;
    }
    waiting.push(rest);
    count += rest.length;
  }
  if (count > 0) yield Buffer.concat(waiting, count);
}
