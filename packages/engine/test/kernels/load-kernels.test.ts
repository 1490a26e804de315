import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { must } from "../../src/base/assert.ts";
import type { WasmExports } from "../../src/kernels/exports/wasm-exports.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { computesRightly } from "../../src/kernels/self-test.ts";
import { WASM_KINDS } from "./index-functions.ts";

const script = fileURLToPath(new URL("./load-all-kinds.mjs", import.meta.url));

/** What the script says about each kind in a process with these flags. */
function loadWith(flags: readonly string[]): { lines: readonly string[]; stderr: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, script], { encoding: "utf8" });
  return { lines: stdout.trim().split("\n"), stderr };
}

describe("loadKernels()", () => {
  test("chooses relaxed SIMD where the runtime has it", () => {
    expect(loadKernels().kind).toBe("relaxed");
  });

  test("gives the kind that is asked for", () => {
    for (const kind of [...WASM_KINDS, "scalar"] as const) {
      expect(loadKernels(0, { kind }).kind).toBe(kind);
    }
  });

  test("finds all builds right by either of V8's compilers, without a word", () => {
    const lines = ["relaxed", "relaxed", "simd128", "wasm-scalar", "scalar"];
    expect(loadWith(["--liftoff", "--no-wasm-tier-up"])).toEqual({ lines, stderr: "" });
    expect(loadWith(["--no-liftoff"])).toEqual({ lines, stderr: "" });
  });

  test("falls back on TypeScript where there is no WebAssembly, and says what is not to be had", () => {
    expect(loadWith(["--jitless"]).lines).toEqual([
      "scalar",
      "unsupported",
      "unsupported",
      "unsupported",
      "scalar",
    ]);
  });

  test("chooses relaxed SIMD in a thread too", async () => {
    loadKernels(); // as the main thread always does first
    const url = new URL("../../dist/kernels/load-kernels.js", import.meta.url).href;
    const source = `import("${url}").then(({ loadKernels }) => {
      require("node:worker_threads").parentPort.postMessage(loadKernels(1).kind);
    });`;
    const worker = new Worker(source, { eval: true, execArgv: [] });
    expect(await once(worker, "message")).toEqual(["relaxed"]);
    await worker.terminate();
  });
});

/** Kernels with one function of the module changed. */
function withBroken(name: keyof WasmExports, broken: (...parameters: number[]) => void): Kernels {
  const kernels = loadKernels();
  return {
    kind: kernels.kind,
    slot: kernels.slot,
    prepare: (block, vectors) => kernels.prepare(block, vectors),
    exportsOver: (memory) => ({
      ...must(kernels.exportsOver(memory), "a build of the module"),
      [name]: broken,
    }),
  };
}

describe("computesRightly()", () => {
  test.each(["relaxed", "simd128", "wasm-scalar", "scalar"] as const)("holds for %s", (kind) => {
    expect(computesRightly(loadKernels(0, { kind }))).toBe(true);
  });

  test("refuses kernels whose scores are a little wrong", () => {
    const kernels = loadKernels();
    const wrong: Kernels = {
      ...kernels,
      kind: "simd128",
      exportsOver: (memory) => kernels.exportsOver(memory),
      prepare(block, vectors) {
        const scorer = kernels.prepare(block, vectors);
        return {
          ...scorer,
          score(rowCount) {
            scorer.score(rowCount);
            if (block.metric === "COSINE") scorer.scores[rowCount - 1] += 0.001;
          },
        };
      },
    };
    expect(computesRightly(wrong)).toBe(false);
  });

  test.each([
    "scoreF16",
    "scoreBf16",
    "scoreInt8",
    "quantize7",
    "pack4",
    "distances7",
    "distances4",
    "padRows",
    "rotate",
    "scanLists",
    "graphClear",
    "graphInsert",
    "graphSearch",
    "graphSearchAllowed",
    "graphScan",
    "markIntervals",
  ] as const)("refuses kernels whose %s() does nothing", (name) => {
    expect(computesRightly(withBroken(name, () => undefined))).toBe(false);
  });
});
