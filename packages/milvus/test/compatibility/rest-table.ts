import { restRoutes, routePrefix } from "../../src/rest/routes.ts";
import { implementedMethods } from "../../src/service/router.ts";
import type { Row } from "./outcome.ts";

/** Every address of the REST API. What is not carried out is refused by the RPC that it asks. */
export function restRows(): Row[] {
  const implemented = new Set(implementedMethods);
  return restRoutes.map(({ path, method, summary }) => {
    const rpc = method[0].toUpperCase() + method.slice(1);
    const isRefused = summary === "Not supported yet" || !implemented.has(rpc);
    return {
      name: `\`${routePrefix}${path}\``,
      details: [`\`${rpc}\``],
      outcome: isRefused
        ? { kind: "refused", code: 10, text: `rpc ${rpc} is not supported by Redkite yet` }
        : { kind: "works" },
    };
  });
}
