import type { RgbImage } from "../media/rgb-image.ts";
import { normalizeVector } from "./normalize-vector.ts";

// A descriptor out of three old and well-understood parts: colour histograms, histograms of oriented
// gradients (Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection", 2005), and the
// low frequencies of a cosine transform, as in perceptual hashes. Everything is computed here, in
// doubles, from the decoded bytes, so the same bytes give the same vector on every machine.

/** Side of the grey and colour thumbnails. */
const side = 64;
const cellSide = 16;
const cellsAcross = side / cellSide;
const orientations = 9;
const hues = 8;
const saturations = 3;
const greys = 4;
const colorBins = hues * saturations + greys;
/** The whole image and its four quarters. */
const colorRegions = 5;
const frequencies = 8;

const colorLength = colorRegions * colorBins;
const gradientLength = cellsAcross * cellsAcross * orientations;
const frequencyLength = frequencies * frequencies - 1;

// What each part adds to the squared length; they sum to one. Chosen so that near copies stay
// together and colour alone doesn't decide.
const colorWeight = Math.sqrt(0.4);
const gradientWeight = Math.sqrt(0.4);
const frequencyWeight = Math.sqrt(0.2);

/** How many numbers the descriptor has: 140 of colour, 144 of gradients, 63 of frequencies. */
export const colorHogDim: number = colorLength + gradientLength + frequencyLength;

/**
 * The built-in image descriptor, of length one.
 *
 * It finds: copies, also resized, recompressed and slightly cropped ones; pictures of like colours;
 * pictures of like layout and outlines. It does not know what is in a picture: a red car is as near
 * to a red rose as colours and outlines make it, and a mirrored picture is another one.
 */
export function colorHog(image: RgbImage): Float32Array {
  const pixels = shrink(image);
  const grey = greyOf(pixels);
  const vector = new Float32Array(colorHogDim);
  addPart(vector, 0, colorHistograms(pixels), colorWeight);
  addPart(vector, colorLength, gradientHistograms(grey), gradientWeight);
  addPart(vector, colorLength + gradientLength, lowFrequencies(grey), frequencyWeight);
  return normalizeVector(vector);
}

/** Mean colour of each cell of a `side` by `side` grid that is stretched over the image, 0 to 1. */
function shrink({ width, height, data }: RgbImage): Float64Array {
  const pixels = new Float64Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const top = Math.floor((y * height) / side);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * height) / side));
    for (let x = 0; x < side; x++) {
      const left = Math.floor((x * width) / side);
      const right = Math.max(left + 1, Math.floor(((x + 1) * width) / side));
      const scale = 1 / (255 * (right - left) * (bottom - top));
      const to = (y * side + x) * 3;
      for (let row = top; row < bottom; row++) {
        for (let from = (row * width + left) * 3; from < (row * width + right) * 3; from += 3) {
          pixels[to] += data[from] * scale;
          pixels[to + 1] += data[from + 1] * scale;
          pixels[to + 2] += data[from + 2] * scale;
        }
      }
    }
  }
  return pixels;
}

/** Brightness as ITU-R BT.601 weighs the channels. */
function greyOf(pixels: Float64Array): Float64Array {
  const grey = new Float64Array(side * side);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * pixels[i * 3] + 0.587 * pixels[i * 3 + 1] + 0.114 * pixels[i * 3 + 2];
  }
  return grey;
}

/** Counts of hue by saturation, and of brightness for what has no hue, square-rooted. */
function colorHistograms(pixels: Float64Array): Float64Array {
  const histograms = new Float64Array(colorLength);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const quarter = 1 + (y < side / 2 ? 0 : 2) + (x < side / 2 ? 0 : 1);
      countColor(pixels, (y * side + x) * 3, histograms, [0, quarter]);
    }
  }
  // The inner product of square roots (Bhattacharyya) lets no single large bin decide.
  return histograms.map(Math.sqrt);
}

/** A color counts for its two nearest hues, so that a slight shift changes little. */
function countColor(
  pixels: Float64Array,
  at: number,
  histograms: Float64Array,
  regions: readonly number[],
): void {
  const red = pixels[at];
  const green = pixels[at + 1];
  const blue = pixels[at + 2];
  const value = Math.max(red, green, blue);
  const chroma = value - Math.min(red, green, blue);
  const saturation = value === 0 ? 0 : chroma / value;
  // How much of the pixel is colour: dark and pale pixels have a hue, but one of noise.
  const colored = Math.min(1, chroma * 4);
  const greyBin = Math.min(greys - 1, Math.floor(value * greys));
  const huePosition = (hueOf(red, green, blue, chroma) * hues) % hues;
  const hueBin = Math.floor(huePosition) % hues;
  const share = huePosition - Math.floor(huePosition);
  const saturationBin = Math.min(saturations - 1, Math.floor(saturation * saturations));
  for (const region of regions) {
    const start = region * colorBins;
    const row = start + saturationBin * hues;
    histograms[row + hueBin] += colored * (1 - share);
    histograms[row + ((hueBin + 1) % hues)] += colored * share;
    histograms[start + hues * saturations + greyBin] += 1 - colored;
  }
}

/** 0 to 1, around the colour wheel from red over green and blue. */
function hueOf(red: number, green: number, blue: number, chroma: number): number {
  if (chroma === 0) return 0;
  const value = Math.max(red, green, blue);
  if (value === red) return (((green - blue) / chroma + 6) % 6) / 6;
  if (value === green) return ((blue - red) / chroma + 2) / 6;
  return ((red - green) / chroma + 4) / 6;
}

/** For each cell, how strong edges are in each direction; light on dark is as dark on light. */
function gradientHistograms(grey: Float64Array): Float64Array {
  const histograms = new Float64Array(gradientLength);
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const horizontal = grey[at + 1] - grey[at - 1];
      const vertical = grey[at + side] - grey[at - side];
      const strength = Math.hypot(horizontal, vertical);
      if (strength === 0) continue;
      const angle = (Math.atan2(vertical, horizontal) + Math.PI) % Math.PI;
      const position = (angle / Math.PI) * orientations;
      const bin = Math.floor(position) % orientations;
      const share = position - Math.floor(position);
      const cell = Math.floor(y / cellSide) * cellsAcross + Math.floor(x / cellSide);
      histograms[cell * orientations + bin] += strength * (1 - share);
      histograms[cell * orientations + ((bin + 1) % orientations)] += strength * share;
    }
  }
  return histograms.map(Math.sqrt);
}

/** The lowest frequencies of the grey image but its mean, by two passes of a cosine transform. */
function lowFrequencies(grey: Float64Array): Float64Array {
  const rows = new Float64Array(side * frequencies);
  for (let y = 0; y < side; y++) {
    for (let u = 0; u < frequencies; u++) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += grey[y * side + x] * cosines[u * side + x];
      rows[y * frequencies + u] = sum;
    }
  }
  const coefficients = new Float64Array(frequencyLength);
  for (let v = 0; v < frequencies; v++) {
    for (let u = 0; u < frequencies; u++) {
      if (u === 0 && v === 0) continue;
      let sum = 0;
      for (let y = 0; y < side; y++) sum += rows[y * frequencies + u] * cosines[v * side + y];
      coefficients[v * frequencies + u - 1] = sum;
    }
  }
  return coefficients;
}

const cosines: Float64Array = Float64Array.from({ length: frequencies * side }, (_, i) =>
  Math.cos((Math.PI * Math.floor(i / side) * (2 * (i % side) + 1)) / (2 * side)),
);

/** Below about this length a part is noise: the gradients of a plain picture, say. */
const noiseLength = 0.1;

/** Writes a part, scaled to nearly the length `weight`, or less if there is little of it. */
function addPart(vector: Float32Array, start: number, part: Float64Array, weight: number): void {
  const length = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0));
  const scale = weight / (length + noiseLength);
  for (let d = 0; d < part.length; d++) vector[start + d] = part[d] * scale;
}
