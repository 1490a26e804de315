import { randomNumbers } from "../base/random-numbers.ts";
import type { BoundingBox } from "../schema/labels.ts";

/** A drawn object. */
export interface SceneShape {
  readonly label: string;
  readonly color: string;
  readonly boundingBox: BoundingBox;
  readonly svg: string;
}

/** A drawn picture, and what is in it. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly SceneShape[];
  readonly svg: string;
}

/** What decides how a scene looks. Near duplicates have the same seed, and differ in the rest. */
export interface SceneRecipe {
  readonly seed: number;
  readonly shapeCount: number;
  /** By how many pixels everything is moved to the right. */
  readonly shift: number;
  /** How much is added to the lightness of the ground, in percent. */
  readonly lightness: number;
}

const width = 320;
const height = 240;

const colors: Readonly<Record<string, string>> = {
  black: "#222222",
  blue: "#2563eb",
  green: "#16a34a",
  orange: "#ea580c",
  purple: "#7c3aed",
  red: "#dc2626",
  white: "#f8fafc",
  yellow: "#eab308",
};

type Corner = readonly [x: number, y: number];

/** Shapes by the corners of their outlines, in a square from -1 to 1. */
const outlines: Readonly<Record<string, readonly Corner[]>> = {
  arrow: [
    [-1, -0.35],
    [0.1, -0.35],
    [0.1, -0.9],
    [1, 0],
    [0.1, 0.9],
    [0.1, 0.35],
    [-1, 0.35],
  ],
  circle: regular(48),
  cross: [
    [-0.3, -1],
    [0.3, -1],
    [0.3, -0.3],
    [1, -0.3],
    [1, 0.3],
    [0.3, 0.3],
    [0.3, 1],
    [-0.3, 1],
    [-0.3, 0.3],
    [-1, 0.3],
    [-1, -0.3],
    [-0.3, -0.3],
  ],
  hexagon: regular(6),
  square: [
    [-0.8, -0.8],
    [0.8, -0.8],
    [0.8, 0.8],
    [-0.8, 0.8],
  ],
  star: regular(10).map(([x, y], index) => (index % 2 === 0 ? [x, y] : [x * 0.45, y * 0.45])),
  triangle: regular(3),
};

/** The classes of the shapes, in order. */
export const shapeLabels: readonly string[] = Object.keys(outlines);

function regular(count: number): Corner[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (index / count) * 2 * Math.PI - Math.PI / 2;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
}

/** Draws a scene. Equal recipes give equal scenes. */
export function drawScene({ seed, shapeCount, shift, lightness }: SceneRecipe): Scene {
  const random = randomNumbers(seed);
  const hue = Math.floor(random() * 360);
  const light = Math.min(95, 55 + Math.floor(random() * 30) + lightness);
  const shapes = Array.from({ length: shapeCount }, () => drawShape(random, shift));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<rect width="100%" height="100%" fill="hsl(${hue},35%,${light}%)"/>` +
    `${shapes.map((shape) => shape.svg).join("")}</svg>`;
  return { width, height, shapes, svg };
}

function drawShape(random: () => number, shift: number): SceneShape {
  const label = pick(shapeLabels, random);
  const color = pick(Object.keys(colors), random);
  const radius = 12 + random() * 30;
  const left = radius + 8 + random() * (width - 2 * radius - 16);
  const top = radius + random() * (height - 2 * radius);
  const turn = random() * 2 * Math.PI;
  const corners = outlines[label].map(
    ([x, y]): Corner => [
      left + shift + radius * (x * Math.cos(turn) - y * Math.sin(turn)),
      top + radius * (x * Math.sin(turn) + y * Math.cos(turn)),
    ],
  );
  const xs = corners.map(([x]) => clamp(x, width));
  const ys = corners.map(([, y]) => clamp(y, height));
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const boundingBox = [
    x / width,
    y / height,
    (Math.max(...xs) - x) / width,
    (Math.max(...ys) - y) / height,
  ] as const;
  const points = corners.map(([a, b]) => `${a.toFixed(2)},${b.toFixed(2)}`).join(" ");
  const svg = `<polygon points="${points}" fill="${colors[color]}" stroke="#00000040"/>`;
  return { label, color, boundingBox, svg };
}

function clamp(value: number, max: number): number {
  return Math.min(max, Math.max(0, value));
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)];
}
