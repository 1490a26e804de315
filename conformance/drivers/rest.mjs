/** The steps of `scenario/rest`: a call is a path, its arguments are the body, and the headers beside the usual ones. */

import { readFileSync } from "node:fs";
import { request } from "node:https";
import { ClientError } from "./client-error.mjs";

const PREFIX = "/v2/vectordb";

export class RestDriver {
  family = "rest";
  /** @type {import("../runner.mjs").Connection} */
  #connection = { address: "" };

  /** @param {import("../runner.mjs").Connection} connection */
  async connect(connection) {
    this.#connection = connection;
  }

  async close() {}

  /**
   * @param {string} path
   * @param {{body?: unknown, text?: string, headers?: Record<string, string | null>}} step `text` is a body that is no
   *   JSON; a header of null is left out
   */
  async call(path, { body = {}, text = JSON.stringify(body), headers = {} }) {
    const reply = await this.#post(path, text, headers);
    const { code, message, data } = JSON.parse(reply.text);
    if (code !== 0) throw new ClientError(code, `HTTP ${reply.status}: ${message}`);
    return { status: reply.status, text: reply.text, data };
  }

  async #post(path, text, more) {
    const { address, token, caFile = "" } = this.#connection;
    const usual = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const headers = Object.entries({ ...usual, ...more }).filter(([, value]) => value !== null);
    const ca = readFileSync(caFile);
    return await new Promise((resolve, reject) => {
      const options = { method: "POST", headers: Object.fromEntries(headers), ca };
      const sent = request(`https://${address}${PREFIX}${path}`, options, (response) => {
        let received = "";
        response.setEncoding("utf8").on("data", (part) => {
          received += part;
        });
        response.on("end", () => resolve({ status: response.statusCode, text: received }));
      });
      sent.on("error", reject).end(text);
    });
  }
}
