import { containerKey } from "./container-key.ts";
import type { AccountObject, ServiceObject } from "./state.ts";
import type { AccountParts } from "./statement-context.ts";

/** Removes an object and what lies within it, with what others keep for them: files, containers, volumes. */
export async function removeObject(object: AccountObject, parts: AccountParts): Promise<void> {
  const gone = [object, ...parts.objects.within(object)];
  parts.objects.remove(object);
  const { runtime, stageFiles } = parts.options;
  for (const one of gone) {
    if (one.type === "STAGE") await stageFiles?.removeStage(String(one.id));
    if (one.type === "SNAPSHOT") await runtime?.removeSnapshot(String(one.id));
    if (one.type === "SERVICE") await removeContainers(one, parts);
  }
}

async function removeContainers(service: ServiceObject, { options }: AccountParts): Promise<void> {
  const { runtime } = options;
  if (runtime === undefined) return;
  for (const container of service.containers) await runtime.stop(containerKey(service, container));
  for (const volume of service.volumes) await runtime.removeVolume(volume.id);
}
