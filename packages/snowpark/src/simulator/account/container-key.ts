import { fullName } from "./account-objects.ts";
import type { ServiceContainer, ServiceObject } from "./state.ts";
import type { ContainerKey } from "./surroundings.ts";

/** A container as the runtime knows it. */
export function containerKey(service: ServiceObject, container: ServiceContainer): ContainerKey {
  return {
    service: fullName(service),
    serviceId: service.id,
    instance: container.instance,
    container: container.name,
  };
}
