import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type JsonValue, parseJson, stringifyJson } from "@redkite/engine";
import { expect } from "vitest";
import { createRestListener, type RestOptions } from "../../src/rest/rest-listener.ts";
import type { RequestHandler } from "../../src/service/request-handler.ts";
import { Harness } from "../service/service-harness.ts";

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly code: number;
  readonly message?: string;
  readonly data?: unknown;
  readonly [name: string]: unknown;
}

interface Send {
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

/** The API over HTTP, over a real service on an empty database in memory. */
export class RestHarness {
  readonly service: Harness;
  readonly #server: Server;

  private constructor(service: Harness, server: Server) {
    this.service = service;
    this.#server = server;
  }

  static async open(
    options: Partial<RestOptions> & { readonly handler?: RequestHandler } = {},
  ): Promise<RestHarness> {
    const service = await Harness.open();
    const { handler = service.service, ...rest } = options;
    const server = createServer(createRestListener(handler, { version: "0.1.0", ...rest }));
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new RestHarness(service, server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
    await this.service.close();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Sends a text as it is. */
  fetch(
    path: string,
    body: string | Uint8Array<ArrayBuffer> | undefined,
    { headers = {}, method = "POST" }: Send = {},
  ) {
    const init = body === undefined ? { method, headers } : { method, headers, body };
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  /** Asks an address of the API. Integers beyond 2^53 are bigints, both ways. */
  async post(path: string, body: unknown, send: Send = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : (stringifyJson(body) ?? "");
    const response = await this.fetch(`/v2/vectordb${path}`, text, send);
    const answer = parseJson(await response.text()) as Record<string, JsonValue>;
    return { status: response.status, ...answer } as unknown as Answer;
  }

  /** The data of a request that must succeed. */
  async ok(path: string, body: unknown, send: Send = {}): Promise<unknown> {
    const { data, status, code, message } = await this.post(path, body, send);
    expect({ status, code, message: message ?? "" }).toEqual({ status: 200, code: 0, message: "" });
    return data;
  }

  /** Code and message of a request that must fail. */
  async fails(
    path: string,
    body: unknown,
    send: Send = {},
  ): Promise<{ code: number; message: string }> {
    const { code, message = "", data } = await this.post(path, body, send);
    expect(data).toBeUndefined();
    return { code, message };
  }
}
