import { SnowparkError } from "../base/snowpark-error.ts";
import { identifier, qualified } from "../sql/quote.ts";
import { deployedServices } from "./deployed-services.ts";
import type { OperationContext } from "./operation-context.ts";
import { ask } from "./owner-queries.ts";
import { readPool } from "./status.ts";
import { toldStep } from "./told-step.ts";
import { waitForService } from "./wait-for-service.ts";
import { waitUntil } from "./wait-until.ts";

/** Nodes are provisioned in minutes where the cloud has them. */
const poolMinutesMax = 15;

/**
 * Stops what costs: the services, then the pool. Data, addresses and grants stay.
 *
 * @throws SnowparkError `not-found` where nothing is deployed, `not-ready`, `cancelled`, and what the account refuses.
 */
export async function pause(context: OperationContext): Promise<void> {
  const { database, schema, pool } = context.config.names;
  for (const { name } of await deployedServices(context)) {
    await toldStep(context, `service ${name}`, async (title) => {
      await ask(context, `ALTER SERVICE ${qualified(database, schema, name)} SUSPEND`);
      await waitForService(context, { name, title, wanted: "SUSPENDED" });
    });
  }
  await toldStep(context, `compute pool ${pool}`, async (title) => {
    const current = await readPool(context);
    if (current?.state === "SUSPENDED") return;
    await ask(context, `ALTER COMPUTE POOL ${identifier(pool)} SUSPEND`);
    await waitForPool(context, { title, wanted: ["SUSPENDED"] });
  });
}

/** Starts what {@link pause} stopped, and waits until it answers. Throws as it does. */
export async function resume(context: OperationContext): Promise<void> {
  const { database, schema, pool } = context.config.names;
  const services = await deployedServices(context);
  await toldStep(context, `compute pool ${pool}`, async (title) => {
    const current = await readPool(context);
    if (current?.state === "SUSPENDED" || current?.state === "STOPPING") {
      await ask(context, `ALTER COMPUTE POOL ${identifier(pool)} RESUME`);
    }
    await waitForPool(context, { title, wanted: ["IDLE", "ACTIVE"] });
  });
  for (const { name, status } of services) {
    await toldStep(context, `service ${name}`, async (title) => {
      if (status.startsWith("SUSPEND")) {
        await ask(context, `ALTER SERVICE ${qualified(database, schema, name)} RESUME`);
      }
      await waitForService(context, { name, title, wanted: "READY" });
    });
  }
}

async function waitForPool(
  context: OperationContext,
  { title, wanted }: { title: string; wanted: readonly string[] },
): Promise<void> {
  await waitUntil(context, { step: title, minutesMax: poolMinutesMax }, async () => {
    const pool = await readPool(context);
    if (pool === undefined) throw new SnowparkError("not-found", `${title} is gone`);
    if (wanted.includes(pool.state)) return { value: true };
    return { message: pool.message === "" ? pool.state : `${pool.state}: ${pool.message}` };
  });
}
