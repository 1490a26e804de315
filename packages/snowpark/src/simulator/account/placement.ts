import { cpuCount, memoryBytes } from "../../specification/quantity.ts";
import { type AccountObjects, ownName } from "./account-objects.ts";
import { findInstanceFamily } from "./instance-families.ts";
import type { ComputePoolObject, ServiceObject } from "./state.ts";

interface Amounts {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly gpus: number;
}

const gib = 2 ** 30;

/** What one instance of a service asks of a node. */
function requested(service: ServiceObject): Amounts {
  const sum = { memoryBytes: 0, cpus: 0, gpus: 0 };
  for (const { resources } of service.specification.spec.containers) {
    const { requests = {} } = resources ?? {};
    sum.memoryBytes += memoryBytes(requests.memory ?? "0") ?? 0;
    sum.cpus += cpuCount(requests.cpu ?? 0) ?? 0;
    sum.gpus += requests["nvidia.com/gpu"] ?? 0;
  }
  return sum;
}

/**
 * Why a service can't be placed on its pool beside what already runs there. `undefined` when it can. An instance has
 * to fit on one node; nodes are filled in order, first fit.
 */
export function placementProblem(
  service: ServiceObject,
  pool: ComputePoolObject,
  objects: AccountObjects,
): string | undefined {
  const family = findInstanceFamily(pool.instanceFamily);
  const room = {
    memoryBytes: (family?.memoryGib ?? 0) * gib,
    cpus: family?.vcpu ?? 0,
    gpus: family?.gpuCount ?? 0,
  };
  const nodes = Array.from({ length: pool.maxNodes }, () => ({ ...room }));
  const placed = objects
    .all("SERVICE")
    .filter(
      (other) =>
        other.computePool === ownName(pool) &&
        (other.phase === "pulling" || other.phase === "running") &&
        other !== service,
    );
  for (const other of [...placed, service]) {
    for (let instance = 0; instance < other.minInstances; instance += 1) {
      const lacking = place(requested(other), nodes);
      if (lacking !== undefined && other === service) {
        return `Unschedulable due to insufficient ${lacking} resources.`;
      }
    }
  }
  return undefined;
}

function place(
  wanted: Amounts,
  nodes: { memoryBytes: number; cpus: number; gpus: number }[],
): string | undefined {
  const node = nodes.find(
    (one) =>
      one.memoryBytes >= wanted.memoryBytes && one.cpus >= wanted.cpus && one.gpus >= wanted.gpus,
  );
  if (node === undefined) {
    if (nodes.every((one) => one.memoryBytes < wanted.memoryBytes)) return "memory";
    return nodes.every((one) => one.gpus < wanted.gpus) ? "GPU" : "CPU";
  }
  node.memoryBytes -= wanted.memoryBytes;
  node.cpus -= wanted.cpus;
  node.gpus -= wanted.gpus;
  return undefined;
}
