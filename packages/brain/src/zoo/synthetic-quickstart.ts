import { join } from "node:path";
import sharp from "sharp";
import { throwIfCancelled } from "../base/progress.ts";
import { randomNumbers } from "../base/random-numbers.ts";
import { kindOfPath, makeFolder } from "../formats/source-files.ts";
import type { BoundingBox, Detection, Inner } from "../schema/labels.ts";
import type { NewSample } from "../schema/sample.ts";
import { drawScene, type Scene, type SceneRecipe, shapeLabels } from "./shape-scene.ts";

/** As many as FiftyOne's quickstart has. */
const sampleCount = 200;
const detectionCount = 1232;
/** How many of the pictures are another one, moved a little and lighter. */
const duplicateCount = 20;

/** How many samples are drawn when nothing else is asked. */
export const syntheticSampleCount: number = sampleCount;

/** How to make the samples. */
export interface SyntheticOptions {
  /** Where the pictures go: those that are there already are taken as they are. */
  readonly folder: string;
  readonly seed: number;
  readonly maxSamples: number;
  readonly signal?: AbortSignal;
}

/**
 * A set of the shape of FiftyOne's quickstart, drawn: 200 pictures of coloured shapes with 1,232
 * `ground_truth` boxes and `predictions` that miss, confuse and invent some, with confidences.
 * Splits are tags; `near-duplicate` tags the pictures that are almost another one. Equal seeds give
 * equal sets, ids included.
 */
export async function* makeSyntheticQuickstart(
  options: SyntheticOptions,
): AsyncGenerator<NewSample> {
  const { folder, seed, maxSamples, signal } = options;
  await makeFolder(folder);
  const random = randomNumbers(seed);
  const recipes = makeRecipes(random, seed);
  for (const [index, recipe] of recipes.entries()) {
    if (index === maxSamples) return;
    throwIfCancelled(signal, "Drawing the quickstart dataset");
    const scene = drawScene(recipe);
    const filepath = join(folder, `${String(index + 1).padStart(6, "0")}.png`);
    if ((await kindOfPath(filepath)) !== "file") {
      await sharp(Buffer.from(scene.svg)).removeAlpha().png().toFile(filepath);
    }
    const isDuplicate = recipe.shift !== 0;
    yield {
      id: hexId(random),
      filepath,
      tags: [splitOf(random), ...(isDuplicate ? ["near-duplicate"] : [])],
      ground_truth: { type: "Detections", detections: truthOf(scene, random) },
      predictions: { type: "Detections", detections: predictionsOf(scene, random) },
    };
  }
}

/** Scenes with 1,232 shapes in all, of which the last ones repeat some of the first. */
function makeRecipes(random: () => number, seed: number): SceneRecipe[] {
  const originalCount = sampleCount - duplicateCount;
  const counts = Array.from({ length: originalCount }, () => 3 + Math.floor(random() * 7));
  const total = () =>
    counts.reduce((sum, count) => sum + count, 0) +
    counts.slice(0, duplicateCount).reduce((sum, count) => sum + count, 0);
  // The originals that are not repeated make up for what is missing or too much.
  for (let at = duplicateCount; total() !== detectionCount; at++) {
    const place = duplicateCount + (at % (originalCount - duplicateCount));
    counts[place] += total() < detectionCount ? 1 : counts[place] > 1 ? -1 : 0;
  }
  const originals = counts.map((shapeCount, index) => {
    return { seed: seed * 1000 + index, shapeCount, shift: 0, lightness: 0 };
  });
  const repeated = originals.slice(0, duplicateCount).map((recipe, index) => {
    return { ...recipe, shift: 2 + (index % 5), lightness: 2 };
  });
  return [...originals, ...repeated];
}

function splitOf(random: () => number): string {
  const number = random();
  return number < 0.7 ? "train" : number < 0.85 ? "validation" : "test";
}

function truthOf({ shapes }: Scene, random: () => number): Inner<Detection>[] {
  return shapes.map(({ label, color, boundingBox }) => ({
    id: hexId(random),
    label,
    boundingBox,
    attributes: { color },
  }));
}

function predictionsOf({ shapes }: Scene, random: () => number): Inner<Detection>[] {
  const predictions: Inner<Detection>[] = [];
  for (const { label, boundingBox } of shapes) {
    if (random() < 0.12) continue;
    const isConfused = random() < 0.08;
    predictions.push({
      id: hexId(random),
      label: isConfused ? shapeLabels[Math.floor(random() * shapeLabels.length)] : label,
      boundingBox: jitter(boundingBox, random),
      confidence: isConfused ? 0.3 + random() * 0.4 : 0.6 + random() * 0.4,
    });
  }
  for (let count = Math.floor(random() * 3); count > 0; count--) {
    predictions.push({
      id: hexId(random),
      label: shapeLabels[Math.floor(random() * shapeLabels.length)],
      boundingBox: [random() * 0.8, random() * 0.8, 0.05 + random() * 0.15, 0.05 + random() * 0.15],
      confidence: 0.05 + random() * 0.4,
    });
  }
  return predictions;
}

/** A box a few hundredths off, inside the picture still. */
function jitter([x, y, width, height]: BoundingBox, random: () => number): BoundingBox {
  const off = () => (random() - 0.5) * 0.02;
  const left = Math.min(1, Math.max(0, x + off()));
  const top = Math.min(1, Math.max(0, y + off()));
  const right = Math.min(1, Math.max(left, x + width + off()));
  const bottom = Math.min(1, Math.max(top, y + height + off()));
  return [left, top, right - left, bottom - top];
}

function hexId(random: () => number): string {
  const part = () =>
    Math.floor(random() * 2 ** 24)
      .toString(16)
      .padStart(6, "0");
  return part() + part() + part() + part();
}
