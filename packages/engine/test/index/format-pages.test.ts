import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { binaryIvfToFile, placeBinaryIvf } from "../../src/index/binary/binary-ivf-file.ts";
import { type BinaryIvfStep, runBinaryIvfStep } from "../../src/index/binary/binary-ivf-step.ts";
import { buildBinaryIvf } from "../../src/index/binary/build-binary-ivf.ts";
import { trainBinaryCentroids } from "../../src/index/binary/train-binary-centroids.ts";
import { buildMinHashLsh, runMinHashStep } from "../../src/index/minhash/build-min-hash-lsh.ts";
import { minHashToFile, placeMinHash } from "../../src/index/minhash/min-hash-file.ts";
import {
  buildSparseInverted,
  runSparseBuildStep,
} from "../../src/index/sparse/build-sparse-inverted.ts";
import { placeSparse, sparseToFile } from "../../src/index/sparse/sparse-file.ts";
import type { StoredIndexContent } from "../../src/index/stored-index.ts";
import type { RunSteps } from "../../src/index/vector-index.ts";
import { loadKernels } from "../../src/kernels/load-kernels.ts";
import { hexExample } from "../kit/hex-example.ts";

// The worked examples of docs/format: what their pages show is what is written, and can be read.

const kernels = loadKernels();
const runBinary: RunSteps<BinaryIvfStep, void> = async (steps) =>
  steps.map((step) => runBinaryIvfStep(kernels, step));

function pageOf(name: string): string {
  return readFileSync(new URL(`../../../../docs/format/${name}.md`, import.meta.url), "utf8");
}

/** The descriptor that a page shows. */
function descriptorIn(page: string): unknown {
  return JSON.parse(/```json\n([^`]*)```/.exec(page)?.[1] ?? "null");
}

/** Holds the sections against the page's example, where they follow one another without gaps. */
function expectShown(name: string, { descriptor, sections }: StoredIndexContent): void {
  const page = pageOf(name);
  expect(descriptor).toEqual(descriptorIn(page));
  const shown = hexExample(page);
  expect(Buffer.concat(sections).toString("hex")).toBe(Buffer.from(shown).toString("hex"));
}

type Place = (
  descriptor: unknown,
  lengths: readonly number[],
) => { readonly targets: readonly Uint8Array[]; finish(): unknown };

function expectDamageFound(place: Place, content: StoredIndexContent, at: number): void {
  const lengths = content.sections.map(({ length }) => length);
  const fill = (changed: boolean): unknown => {
    const { targets, finish } = place(content.descriptor, lengths);
    for (const [i, target] of targets.entries()) target.set(content.sections[i]);
    // A row, or a place, far behind the last.
    const all = [...targets].flatMap((target) => [...target.keys()].map((i) => ({ target, i })));
    if (changed) all[at].target[all[at].i] = 0xee;
    return finish();
  };
  expect(fill(false)).toBeDefined();
  expect(() => fill(true)).toThrow(expect.objectContaining({ code: "corrupt-file" }));
  const bad = [
    null,
    {},
    { ...content.descriptor, rowEnd: -1 },
    { ...content.descriptor, metric: "L2" },
  ];
  for (const descriptor of bad) {
    expect(() => place(descriptor, lengths)).toThrow(
      expect.objectContaining({ code: "corrupt-file" }),
    );
  }
}

describe("docs/format/binary-index.md", () => {
  test("shows what is written, and damage is found", async () => {
    const values = Uint8Array.of(0xff, 0x00, 0xfe, 0x01);
    const source = { values, rowBytes: 1 };
    const range = { rowStart: 0, rowEnd: 4 };
    const options = { metric: "HAMMING", listCount: 2, seed: 1 } as const;
    const centroids = await trainBinaryCentroids(source, range, options, runBinary);
    const content = binaryIvfToFile(await buildBinaryIvf(source, range, centroids, runBinary));
    expectShown("binary-index", content);
    expectDamageFound(placeBinaryIvf, content, 2 + 12);
  });
});

describe("docs/format/minhash-index.md", () => {
  test("shows what is written, and damage is found", async () => {
    const source = { values: Uint8Array.of(1, 2, 1, 3), rowBytes: 2 };
    const range = { rowStart: 0, rowEnd: 2 };
    const options = { elementBits: 8, bandCount: 2 } as const;
    const index = await buildMinHashLsh(source, range, options, async (steps) =>
      steps.map(runMinHashStep),
    );
    const content = minHashToFile(index);
    expectShown("minhash-index", content);
    expectDamageFound(placeMinHash, content, 12);
  });
});

describe("docs/format/sparse-index.md", () => {
  test("shows what is written, and damage is found", async () => {
    const rows = {
      offsets: Uint32Array.of(0, 2, 3),
      indices: Uint32Array.of(3, 70_000, 3),
      values: Float32Array.of(0.5, 2, 1),
    };
    const range = { rowStart: 0, rowEnd: 2 };
    const options = { weighting: { kind: "value" } } as const;
    const index = await buildSparseInverted(rows, range, options, async (steps) =>
      steps.map(runSparseBuildStep),
    );
    const content = sparseToFile(index);
    expectShown("sparse-index", content);
    expectDamageFound(placeSparse, content, 8);
  });
});
