import { SnowparkError } from "../base/snowpark-error.ts";
import { inSchema } from "../resources/deployment.ts";
import { readMarker } from "../resources/marker.ts";
import { dataVolume } from "../resources/server-specification.ts";
import {
  createSnapshot,
  type DataSnapshot,
  dropSnapshot,
  snapshotName,
} from "../resources/snapshot.ts";
import { deployedServices } from "./deployed-services.ts";
import type { OperationContext } from "./operation-context.ts";
import { ask, findNamed, listOwned } from "./owner-queries.ts";
import { toldStep } from "./told-step.ts";
import { waitForService } from "./wait-for-service.ts";
import { waitUntil } from "./wait-until.ts";

const snapshotMinutesMax = 60;

export interface BackupReport {
  readonly snapshot: string;
  /** Older ones that the retention of the configuration took away. */
  readonly deleted: readonly string[];
}

/**
 * Copies the database's volume while it runs: the copy is of one moment, as after a power cut, from which the database
 * recovers all that it acknowledged. Of the deployment's own snapshots the oldest over `backup.keep` are deleted.
 *
 * @throws SnowparkError `not-found` where nothing is deployed, `not-ready`, and what the account refuses.
 */
export async function backup(context: OperationContext): Promise<BackupReport> {
  await deployedServices(context);
  const name = snapshotName(context, new Date(context.clock.now()));
  await toldStep(context, `snapshot ${name}`, async (title) => {
    await ask(context, createSnapshot(context, name).sql);
    await waitForSnapshot(context, name, title);
  });
  return { snapshot: name, deleted: await deleteOld(context) };
}

/** The snapshots that the deployment took, newest first. */
export async function listSnapshots(context: OperationContext): Promise<readonly DataSnapshot[]> {
  const rows = await listOwned(context, "SNAPSHOTS");
  return rows
    .filter((row) => readMarker(row["comment"])?.deployment === context.config.name)
    .map((row) => {
      const { name, created_on: createdOn, state } = row;
      return { name: name ?? "", createdOn: createdOn ?? "", state: state ?? "" };
    })
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

/**
 * Makes the database's volume what it was in a snapshot. What was written since is lost, unless a backup is taken first.
 *
 * @throws SnowparkError `not-found` where there is no such snapshot, `not-ready`, and what the account refuses.
 */
export async function restore(context: OperationContext, snapshot: string): Promise<void> {
  const { service } = context.config.names;
  await deployedServices(context);
  const from = inSchema(context, await findSnapshot(context, snapshot));
  const id = inSchema(context, service);
  await toldStep(context, `service ${service}`, async (title) => {
    await ask(context, `ALTER SERVICE ${id} SUSPEND`);
    try {
      await waitForService(context, { name: service, title, wanted: "SUSPENDED" });
      await ask(
        context,
        `ALTER SERVICE ${id} RESTORE VOLUME "${dataVolume}" INSTANCES 0 FROM SNAPSHOT ${from}`,
      );
    } finally {
      // Restored or not, and also when the caller gave up: the service is not left standing still.
      const { signal: _, ...rest } = context;
      await ask(rest, `ALTER SERVICE ${id} RESUME`);
    }
    await waitForService(context, { name: service, title, wanted: "READY" });
  });
}

async function findSnapshot(context: OperationContext, typed: string): Promise<string> {
  for (const name of [typed, typed.toUpperCase()]) {
    if ((await findNamed(context, "SNAPSHOTS", name)) !== undefined) return name;
  }
  const names = (await listSnapshots(context)).map(({ name }) => name);
  throw new SnowparkError("not-found", `There is no snapshot "${typed}"`, {
    remedy: names.length === 0 ? "There are none yet." : `There are: ${names.join(", ")}`,
  });
}

async function waitForSnapshot(
  context: OperationContext,
  name: string,
  title: string,
): Promise<void> {
  await waitUntil(context, { step: title, minutesMax: snapshotMinutesMax }, async () => {
    const state = (await findNamed(context, "SNAPSHOTS", name))?.["state"] ?? "missing";
    if (state === "ERROR") throw new SnowparkError("not-ready", `${title} could not be taken`);
    return state === "CREATED" ? { value: name } : { message: state };
  });
}

async function deleteOld(context: OperationContext): Promise<readonly string[]> {
  const old = (await listSnapshots(context)).slice(context.config.backup.keep);
  for (const { name } of old) await ask(context, dropSnapshot(context, name).sql);
  return old.map(({ name }) => name);
}
