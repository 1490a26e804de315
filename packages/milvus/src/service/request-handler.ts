import type { SignIn } from "../access/access-control.ts";
import type { CallContext } from "./router.ts";

/**
 * Answers Milvus's requests, whatever brought them: bytes of a request message in, bytes of the
 * response message out. `MilvusService` is the one over a database.
 */
export interface RequestHandler {
  /**
   * Rejects with `AccessError` for who has not signed in: transports ask before they read a request,
   * so that strangers have no memory of ours. What it answers, if anything, spares asking again in
   * contexts with the same authorization, here and in `handle`.
   */
  authenticate(context: CallContext): Promise<SignIn | undefined>;

  /**
   * Answers one request to a method of MilvusService, such as `Insert`. Rejects with `AccessError`
   * for callers who may not make it, and for nothing else that a client can do: that is a status in
   * the response, because clients repeat calls that fail.
   */
  handle(method: string, request: Uint8Array, context: CallContext): Promise<Uint8Array>;
}
