/** What a node of a family has for containers. */
export interface InstanceFamily {
  readonly name: string;
  readonly vcpu: number;
  readonly memoryGib: number;
  readonly storageGib: number;
  readonly gpu: string | null;
  readonly gpuCount: number;
  readonly gpuMemoryGib: number | null;
}

function cpuFamily(name: string, vcpu: number, memoryGib: number): InstanceFamily {
  return { name, vcpu, memoryGib, storageGib: 100, gpu: null, gpuCount: 0, gpuMemoryGib: null };
}

/** Those of an account on AWS. */
export const instanceFamilies: readonly InstanceFamily[] = [
  cpuFamily("CPU_X64_XS", 1, 6),
  cpuFamily("CPU_X64_S", 3, 13),
  cpuFamily("CPU_X64_M", 6, 28),
  cpuFamily("CPU_X64_SL", 14, 54),
  cpuFamily("CPU_X64_L", 28, 116),
  cpuFamily("HIGHMEM_X64_S", 6, 58),
  cpuFamily("HIGHMEM_X64_M", 28, 240),
  cpuFamily("HIGHMEM_X64_L", 124, 984),
  { ...cpuFamily("GPU_NV_S", 6, 27), gpu: "NVIDIA A10G", gpuCount: 1, gpuMemoryGib: 24 },
  { ...cpuFamily("GPU_NV_M", 44, 178), gpu: "NVIDIA A10G", gpuCount: 4, gpuMemoryGib: 24 },
  { ...cpuFamily("GPU_NV_L", 92, 1112), gpu: "NVIDIA A100", gpuCount: 8, gpuMemoryGib: 40 },
];

export function findInstanceFamily(name: string): InstanceFamily | undefined {
  return instanceFamilies.find((family) => family.name === name);
}
