import { SnowparkError } from "../base/snowpark-error.ts";
import type { Plan, PlanNode } from "./plan.ts";

/**
 * What of a plan can't be done as the account is, told before anything is done: half a deployment would cost as a
 * whole one does. `undefined` when nothing is in the way. What is found only later stops the plan when it is.
 */
export function refusalOf(plan: Plan): SnowparkError | undefined {
  const refused = plan.nodes.filter(({ action }) => action.kind === "refused");
  if (refused.length === 0) return undefined;
  const lines = refused.map(({ resource, action }) => `the ${resource.id}: ${action.reason}`);
  const message = ["Nothing was done, since something is in the way:", ...lines].join("\n  ");
  if (!refused.some(isForeign)) return new SnowparkError("invalid-configuration", message);
  return new SnowparkError("foreign-object", message, {
    remedy:
      "Give what is made here another name, by name or names in the configuration; or list under existing what is " +
      "to be used as it is (ownerRole, userRole, warehouse, database, schema).",
  });
}

/** What is ours and can't be changed is refused for its changes; what is somebody else's has none. */
function isForeign({ action }: PlanNode): boolean {
  return action.changes.length === 0;
}
