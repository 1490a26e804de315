import type { IndexMemory } from "../../kernels/index-memory.ts";

/** Scratch space of this thread, in parts of these lengths: their addresses, multiples of 64. */
export function scratchParts<Name extends string>(
  memory: IndexMemory,
  name: string,
  byteLengths: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(byteLengths) as Name[]; // has no others
  const starts: Record<Name, number> = { ...byteLengths };
  let end = 0;
  for (const part of names) {
    starts[part] = end;
    end += 64 * Math.ceil(byteLengths[part] / 64);
  }
  const address = memory.scratch(name, end);
  for (const part of names) starts[part] += address;
  return starts;
}
