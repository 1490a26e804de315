import { restRoutes, routePrefix } from "../../src/rest/routes.ts";
import type { Row } from "./outcome.ts";

/** Every address of the REST API, with what comes of the RPC that it asks. */
export function restRows(rpcs: readonly Row[]): Row[] {
  return restRoutes.map(({ path, method, summary }) => {
    const rpc = method[0].toUpperCase() + method.slice(1);
    const found = rpcs.find(({ name }) => name === `\`${rpc}\``);
    const refusal = {
      kind: "refused",
      code: 10,
      text: `rpc ${rpc} is not supported by Redkite yet`,
    } as const;
    const isThere = found !== undefined && summary !== "Not supported yet";
    return {
      name: `\`${routePrefix}${path}\``,
      details: [`\`${rpc}\``],
      outcome: isThere ? found.outcome : refusal,
      ...(isThere && found.difference !== undefined && { difference: found.difference }),
    };
  });
}
