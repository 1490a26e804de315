import type { CallContext } from "../service/router.ts";

/**
 * Answers Milvus's requests, whatever brought them: bytes of a request message in, bytes of the
 * response message out. `MilvusService` is the one over a database.
 */
export interface RequestHandler {
  /**
   * Answers one request to a method of MilvusService, such as `Insert`. Does not reject for what
   * a client can do: that is a status in the response, because clients repeat calls that fail.
   */
  handle(method: string, request: Uint8Array, context: CallContext): Promise<Uint8Array>;
}
