import { AccessError } from "../access/access-error.ts";
import type { RequestHandler } from "../service/request-handler.ts";
import { summarise } from "./response-summary.ts";
import type { ServerMetrics } from "./server-metrics.ts";

/** A handler that counts what another one answers and refuses. */
export function observedHandler(handler: RequestHandler, metrics: ServerMetrics): RequestHandler {
  return {
    async authenticate(context) {
      try {
        return await handler.authenticate(context);
      } catch (error) {
        if (error instanceof AccessError) metrics.observeRefusal(error.kind);
        throw error;
      }
    },
    async handle(method, request, context) {
      const startMs = performance.now();
      try {
        const response = await handler.handle(method, request, context);
        metrics.observe(method, summarise(method, response), performance.now() - startMs);
        return response;
      } catch (error) {
        if (error instanceof AccessError) metrics.observeRefusal(error.kind, method);
        throw error;
      }
    },
  };
}
