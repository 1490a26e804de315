// Loads each kind of kernels in turn and writes a line for it: its name, or the code of the error.
// It uses the built files, since Node 20 can't run the sources.
import { loadKernels } from "../../dist/kernels/load-kernels.js";

for (const kind of [undefined, "relaxed", "simd128", "wasm-scalar", "scalar"]) {
  let line;
  try {
    line = loadKernels(0, { ...(kind && { kind }) }).kind;
  } catch (error) {
    line = error.code;
  }
  console.log(line);
}
