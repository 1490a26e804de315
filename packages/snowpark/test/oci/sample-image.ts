import { join } from "node:path";
import { buildImage } from "../../src/oci/build-image.ts";
import type { ImageSource } from "../../src/oci/image.ts";
import { type LayerEntry, textEntry } from "../../src/oci/layer-entry.ts";
import { writeLayer } from "../../src/oci/write-layer.ts";

/** Entries of every kind. */
export const sampleEntries: readonly LayerEntry[] = [
  textEntry("etc/passwd", "root:x:0:0::/root:/bin/sh\n"),
  { kind: "directory", path: "tmp", mode: 0o1777 },
  { kind: "symlink", path: "bin/here", target: "../etc/passwd" },
  { ...textEntry("home/kite/ähnlich.txt", "ü"), uid: 10001, gid: 10001 },
  textEntry(`long/${"a-rather-long-name/".repeat(14)}file`, "long"),
  textEntry("bin/run", "#!/bin/sh\n", 0o755),
  textEntry("empty", ""),
];

/** A small image of two layers; the second has `bytes` of noise. */
export async function sampleImage(folder: string, bytes = 1_000, seed = 1): Promise<ImageSource> {
  const first = await writeLayer(sampleEntries, join(folder, "first.tar.gz"));
  const noise: LayerEntry = {
    kind: "file",
    path: "noise",
    mode: 0o644,
    content: noiseOf(bytes, seed),
  };
  const second = await writeLayer([noise], join(folder, `second-${seed}.tar.gz`));
  return buildImage({
    layers: [
      { ...first, description: "the files" },
      { ...second, description: "noise" },
    ],
    run: { Entrypoint: ["/bin/run"], Env: ["A=1"], Labels: { "org.example.kind": "sample" } },
  });
}

/** Bytes that do not get smaller when they are compressed. */
export function noiseOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
