import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import type { ServiceCall, ServiceReply } from "./account/surroundings.ts";

/** A batch of a service function has so long to be answered. */
const answerMsMax = 60_000;

/**
 * Sends a batch of a service function to the local process of its service. Rejects when nobody answers, or not with
 * JSON.
 */
export function callLocalService(call: ServiceCall, port: number): Promise<ServiceReply> {
  const body = JSON.stringify(call.body);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port,
      path: call.path,
      method: "POST",
      headers: {
        ...call.headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
      timeout: answerMsMax,
      agent: false,
    });
    request.on("timeout", () => request.destroy(new Error("The service did not answer in time")));
    request.on("error", reject);
    request.on("response", (answer) => {
      text(answer)
        .then((content) => resolve({ status: answer.statusCode ?? 502, body: parsed(content) }))
        .catch(reject);
    });
    request.end(body);
  });
}

/** What is no JSON is an error's text. */
function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}
