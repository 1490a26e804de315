import type { ResourceAmounts } from "../specification/service-specification.ts";

interface Machine {
  readonly cpus: number;
  readonly memoryGib: number;
}

/** What containers can use of a node. Families that are not here are asked for little and not limited. */
const machines: Readonly<Record<string, Machine>> = {
  CPU_X64_XS: { cpus: 1, memoryGib: 6 },
  CPU_X64_S: { cpus: 3, memoryGib: 13 },
  CPU_X64_M: { cpus: 6, memoryGib: 28 },
  CPU_X64_SL: { cpus: 14, memoryGib: 54 },
  CPU_X64_L: { cpus: 28, memoryGib: 116 },
  HIGHMEM_X64_S: { cpus: 6, memoryGib: 58 },
  HIGHMEM_X64_M: { cpus: 28, memoryGib: 240 },
  HIGHMEM_X64_L: { cpus: 124, memoryGib: 984 },
};

/** Parts of a node's memory: both containers fit on one node even when each takes all that it may. */
const shares = {
  server: { requested: 0.3, limit: 0.6, cpus: 0.5 },
  notebook: { requested: 0.15, limit: 0.3, cpus: 0.25 },
} as const;

/** What a container asks for and may take on a node of a family. */
export function containerAmounts(
  container: keyof typeof shares,
  instanceFamily: string,
): { readonly requests: ResourceAmounts; readonly limits?: ResourceAmounts } {
  const share = shares[container];
  const machine = machines[instanceFamily];
  if (machine === undefined) {
    return { requests: { memory: "1Gi", cpu: share.cpus } };
  }
  return {
    requests: { memory: mebibytes(machine, share.requested), cpu: share.cpus },
    limits: { memory: mebibytes(machine, share.limit), cpu: machine.cpus },
  };
}

function mebibytes({ memoryGib }: Machine, share: number): string {
  return `${Math.floor(memoryGib * 1024 * share)}Mi`;
}
