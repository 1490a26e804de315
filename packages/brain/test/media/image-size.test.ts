import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { createDataset } from "../../src/dataset/registry.ts";
import { readImageMetadata } from "../../src/media/image-size.ts";
import { temporaryHome } from "../temporary-home.ts";

describe("readImageMetadata()", () => {
  const home = temporaryHome();

  function image(channels: 3 | 4 = 3): Sharp {
    return sharp({ create: { width: 30, height: 20, channels, background: "red" } });
  }

  async function file(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(home.path, name);
    await writeFile(path, bytes);
    return path;
  }

  it.each([
    ["jpeg", 3, "image/jpeg"],
    ["png", 4, "image/png"],
    ["webp", 4, "image/webp"],
    ["gif", 3, "image/gif"],
    ["tiff", 3, "image/tiff"],
  ] as const)("reads a %s", async (format, channels, mimeType) => {
    const bytes = await image(channels).toFormat(format).toBuffer();
    expect(await readImageMetadata(await file("a", bytes))).toMatchObject({
      sizeBytes: bytes.length,
      mimeType,
      width: 30,
      height: 20,
    });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("applies EXIF orientation %d", async (orientation) => {
    const bytes = await image().withMetadata({ orientation }).jpeg().toBuffer();
    const [width, height] = orientation >= 5 ? [20, 30] : [30, 20];
    const metadata = await readImageMetadata(await file("a.jpg", bytes));
    expect(metadata).toMatchObject({ width, height, numChannels: 3 });
  });

  it("tells a missing file, a folder, and what is no image", async () => {
    const missing = readImageMetadata(join(home.path, "none.jpg"));
    await expect(missing).rejects.toMatchObject({ code: "file-not-found" });
    await expect(readImageMetadata(home.path)).rejects.toMatchObject({ code: "file-unreadable" });
    const text = readImageMetadata(await file("a.jpg", Buffer.from("no image")));
    await expect(text).rejects.toMatchObject({
      code: "file-unreadable",
      details: { filepath: join(home.path, "a.jpg") },
    });
  });

  it("Dataset.computeMetadata() reads what is missing, and lists what failed", async () => {
    const png = await image().png().toBuffer();
    const good = await file("good.png", png);
    const bad = await file("bad.png", png.subarray(0, 20));
    const late = join(home.path, "late.png");
    const dataset = await createDataset("d", { home: home.path });
    const [, badId, lateId] = await dataset.addSamples(
      [good, bad, late].map((filepath) => ({ filepath })),
    );
    const progress: unknown[] = [];
    const first = await dataset.computeMetadata({ progress: (step) => progress.push(step) });
    expect(first.computedCount).toBe(1);
    expect(first.failures.map(({ id, error }) => [id, error.code]).sort()).toEqual(
      [
        [badId, "file-unreadable"],
        [lateId, "file-not-found"],
      ].sort(),
    );
    expect(progress).toEqual([{ done: 3, total: 3 }]);
    expect(await dataset.values("metadata.width")).toEqual([30, null, null]);
    await writeFile(late, png);
    await rm(good);
    const second = await dataset.computeMetadata({ concurrency: 1 });
    expect([second.computedCount, second.failures.length]).toEqual([1, 1]);
    const third = await dataset.computeMetadata({ overwrite: true });
    expect([third.computedCount, third.failures.length]).toEqual([1, 2]);
    const cancelled = dataset.computeMetadata({ overwrite: true, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    for (const concurrency of [0, 257, 1.5]) {
      const refused = dataset.computeMetadata({ concurrency });
      await expect(refused).rejects.toMatchObject({ code: "invalid-argument" });
    }
    await dataset.close();
  });

  it("Dataset.computeMetadata() completes what an import knew of", async () => {
    const good = await file("good.png", await image().png().toBuffer());
    const dataset = await createDataset("d", { home: home.path });
    await dataset.addSample({ filepath: good, metadata: { width: 30, height: 20 } });
    expect((await dataset.computeMetadata()).computedCount).toBe(1);
    expect(await dataset.values("metadata.mimeType")).toEqual(["image/png"]);
    expect((await dataset.computeMetadata()).computedCount).toBe(0);
    await dataset.close();
  });
});
