import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Exchange } from "../http/exchange.ts";
import { HttpFailure } from "../http/http-failure.ts";
import type { PathParts, Route } from "../http/router.ts";
import type { LocalStageFiles } from "./local-stage-files.ts";

/** The bucket that all stages are in. */
export const stageBucket = "simulated-stages";

const tokenMs = 3_600_000;
/** The SHA-256 by which clients tell whether a file is there already. */
const digestHeader = "x-goog-meta-sfc-digest";

/**
 * The files of stages as Google's object store serves them, because that is the store that Snowflake's clients also
 * reach over plain HTTP: `/<bucket>/<stage id>/<path>`, a bearer token for one stage.
 */
export class ObjectStore {
  readonly routes: readonly Route[];
  readonly #files: LocalStageFiles;
  readonly #now: () => number;
  readonly #tokens = new Map<string, { readonly stageId: string; readonly endsAt: number }>();

  constructor(files: LocalStageFiles, now: () => number) {
    this.#files = files;
    this.#now = now;
    const path = new RegExp(`^/${stageBucket}/(?<stageId>[^/]+)/(?<path>.+)$`);
    this.routes = [
      { method: "HEAD", path, handle: (exchange, parts) => this.#send(exchange, parts) },
      { method: "GET", path, handle: (exchange, parts) => this.#send(exchange, parts) },
      { method: "PUT", path, handle: (exchange, parts) => this.#receive(exchange, parts) },
    ];
  }

  /** A token for the files of a stage, for an hour. */
  grant(stageId: string): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, { stageId, endsAt: this.#now() + tokenMs });
    return token;
  }

  async #send(exchange: Exchange, parts: PathParts): Promise<void> {
    const { stageId, path } = this.#enter(exchange, parts);
    const file = await this.#files.fileOf(stageId, path);
    const state = file === undefined ? undefined : await stat(file).catch(() => undefined);
    if (file === undefined || state?.isFile() !== true) {
      throw new HttpFailure(404, `No object ${path}`);
    }
    exchange.response.writeHead(200, {
      "content-length": state.size,
      "content-type": "application/octet-stream",
      [digestHeader]: await digestOf(file),
    });
    if (exchange.request.method === "HEAD") exchange.response.end();
    else await pipeline(createReadStream(file), exchange.response);
  }

  async #receive(exchange: Exchange, parts: PathParts): Promise<void> {
    const { stageId, path } = this.#enter(exchange, parts);
    await this.#files.upload(stageId, path, exchange.request).catch((error: unknown) => {
      throw uploadFailure(error, path);
    });
    exchange.response.writeHead(200, { "content-length": 0 }).end();
  }

  #enter(
    exchange: Exchange,
    parts: PathParts,
  ): { readonly stageId: string; readonly path: string } {
    const { stageId = "", path = "" } = parts;
    const [, token = ""] =
      /^Bearer +(\S+)$/i.exec(exchange.request.headers.authorization ?? "") ?? [];
    const granted = this.#tokens.get(token);
    if (granted === undefined || granted.endsAt <= this.#now()) {
      throw new HttpFailure(401, "The token is unknown or has expired");
    }
    if (granted.stageId !== stageId) throw new HttpFailure(403, "The token is for another stage");
    return { stageId, path };
  }
}

/** A folder cannot be a file too, other than in an object store. */
const folderCodes: ReadonlySet<unknown> = new Set(["EEXIST", "EISDIR", "ENOTDIR", "ENOTEMPTY"]);

function uploadFailure(error: unknown, path: string): unknown {
  if (error instanceof RangeError) return new HttpFailure(400, error.message);
  if (error instanceof Error && "code" in error && folderCodes.has(error.code)) {
    return new HttpFailure(409, `${path} is a folder, or lies under a file`);
  }
  return error;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("base64");
}
