import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { createDataset, type Dataset } from "../../src/index.ts";

/** What `coloredDataset` makes. */
export interface ColoredDatasetOptions {
  readonly home: string;
  readonly name?: string;
  readonly count: number;
  /** Detections of each sample, labelled "person" and "car" by turns. Default none. */
  readonly labelsPerSample?: number;
}

/**
 * Small pictures, each with a square of its own colour and place on grey, so that all descriptors
 * differ; and where labels are wanted, boxes in different places.
 */
export async function coloredDataset(options: ColoredDatasetOptions): Promise<Dataset> {
  const { home, name = "colored", count, labelsPerSample = 0 } = options;
  const folder = join(home, "images", name);
  await mkdir(folder, { recursive: true });
  const samples = [];
  for (let i = 0; i < count; i++) {
    const filepath = join(folder, `${i}.png`);
    await writePicture(filepath, i);
    const detections = Array.from({ length: labelsPerSample }, (_, n) => ({
      label: n % 2 === 0 ? "person" : "car",
      boundingBox: [0.1 * (n % 5), 0.05 * (i % 10), 0.4, 0.4] as const,
    }));
    samples.push({
      filepath,
      ...(labelsPerSample > 0 && { ground_truth: { type: "Detections" as const, detections } }),
    });
  }
  const dataset = await createDataset(name, { home });
  await dataset.addSamples(samples);
  return dataset;
}

/** A picture of 48 by 32 pixels that only its number decides. */
export async function writePicture(filepath: string, number: number): Promise<void> {
  const [width, height] = [48, 32];
  const data = new Uint8Array(width * height * 3).fill(128);
  const color = [(number * 37) % 256, (number * 91 + 60) % 256, (number * 151 + 120) % 256];
  const [left, top] = [(number * 7) % 28, (number * 5) % 14];
  for (let y = top; y < top + 16; y++) {
    for (let x = left; x < left + 20; x++) data.set(color, (y * width + x) * 3);
  }
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toFile(filepath);
}
