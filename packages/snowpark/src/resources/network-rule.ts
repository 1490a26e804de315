import { literal } from "../sql/quote.ts";
import type { Deployment } from "./deployment.ts";
import type { Resource } from "./resource.ts";
import { schemaObject } from "./schema-object.ts";

/** The hosts that containers may reach. Columns do not show them: the marker's digest stands for them. */
export function networkRule(deployment: Deployment): Resource {
  const { names, egress } = deployment.config;
  const hosts = `VALUE_LIST = (${egress.map(literal).join(", ")})`;
  return schemaObject(deployment, {
    kind: "network rule",
    name: names.networkRule,
    atEnd: "removed",
    wanted: { egress },
    definition: () => ({ sql: `TYPE = HOST_PORT MODE = EGRESS ${hosts}` }),
    unshown: { field: "value_list", sql: hosts },
  });
}
