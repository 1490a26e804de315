import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { loadKernels } from "../../packages/engine/dist/kernels/load-kernels.js";
import { peers } from "./engines/peers.mjs";
import { versionOf } from "./peer-packages.mjs";

/** What the figures depend on, as lines of text. */
export function machineLines() {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const versions = [...peers.values()].map(
    ({ packageName }) => `${packageName} ${versionOf(packageName) ?? "(not installed)"}`,
  );
  return [
    `${cpus()[0].model}, ${availableParallelism()} threads, ${gigabytes} GiB, ${process.platform} ${process.arch}`,
    `Node ${process.versions.node}, V8 ${process.versions.v8}, kernels ${loadKernels().kind}`,
    versions.join(", "),
  ];
}

/** A warning when other programs take the processor's time, or `undefined`. */
export function loadWarning() {
  const [load] = loadavg();
  if (load < availableParallelism() * 0.75) return undefined;
  return `The machine is busy (load ${load.toFixed(1)}): trust the ratios, not the speeds`;
}
