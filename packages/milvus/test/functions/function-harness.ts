import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type JsonValue, parseJson, stringifyJson } from "@redkite/engine";
import {
  createFunctionListener,
  type FunctionOptions,
} from "../../src/functions/function-listener.ts";
import { RestCall } from "../../src/rest/rest-call.ts";
import { restRoutes } from "../../src/rest/routes.ts";
import { Harness } from "../service/service-harness.ts";

export interface FunctionAnswer {
  readonly status: number;
  readonly body: Record<string, JsonValue>;
}

/** Vectors of two dimensions: how many letters, how many words. */
async function countEmbedder(texts: readonly string[]): Promise<number[][]> {
  return texts.map((text) => [text.length, text.split(" ").length]);
}

/** The functions over HTTP, over a real service on an empty database in memory. */
export class FunctionHarness {
  readonly #service: Harness;
  readonly #server: Server;
  nowMs = 0;

  private constructor(service: Harness, options: Partial<FunctionOptions>) {
    this.#service = service;
    const nowMs = () => this.nowMs;
    this.#server = createServer(
      createFunctionListener(service.service, { nowMs, embed: countEmbedder, ...options }),
    );
  }

  static async open(options: Partial<FunctionOptions> = {}): Promise<FunctionHarness> {
    const harness = new FunctionHarness(await Harness.open(), options);
    await new Promise<void>((resolve) => harness.#server.listen(0, "127.0.0.1", resolve));
    return harness;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#service.close();
  }

  /** Carries out a request of REST, as another client would. */
  async rest(path: string, body: JsonValue, databaseName = "default"): Promise<unknown> {
    const route = restRoutes.find((found) => found.path === path);
    const call = new RestCall(this.#service.service, { databaseName }, { int64AsText: false });
    return (await route?.run(body, call))?.data;
  }

  async fetch(path: string, init: RequestInit): Promise<FunctionAnswer> {
    const { port } = this.#server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const body = parseJson(await response.text()) as Record<string, JsonValue>;
    return { status: response.status, body };
  }

  /** Calls a function for a batch of rows, numbered from `first`. */
  call(
    name: string,
    rows: readonly (readonly unknown[])[],
    { first = 0, headers = {} }: { first?: number; headers?: Record<string, string> } = {},
  ): Promise<FunctionAnswer> {
    const data = rows.map((row, index) => [first + index, ...row]);
    return this.fetch(`/sf/${name}`, {
      method: "POST",
      headers,
      body: stringifyJson({ data } as JsonValue) ?? "",
    });
  }
}
