import type { NewSample } from "../../src/schema/sample.ts";
import { idOf } from "./open-samples.ts";

/** Four pictures of animals: enough to see what each stage does. */
export const animals: readonly NewSample[] = [
  {
    id: idOf(1),
    filepath: "/a.jpg",
    tags: ["train", 'it\'s "quoted"'],
    metadata: { sizeBytes: 10, mimeType: "image/jpeg", width: 640, height: 480, numChannels: 3 },
    createdAt: new Date("2024-03-05T06:07:08.000Z"),
    weather: { type: "Classification", id: idOf(11), label: "sunny", confidence: 0.75 },
    "group name": "x",
    rating: 3,
    big: 9007199254740993n,
    extra: { "a b": 1, nested: { deep: "yes" }, list: ["p", "q"] },
    ground_truth: {
      type: "Detections",
      detections: [
        {
          id: idOf(101),
          label: "cat",
          boundingBox: [0, 0, 0.5, 0.5],
          confidence: 0.9,
          tags: ["checked"],
          attributes: { iscrowd: 1, colour: "black" },
        },
        { id: idOf(102), label: "dog", boundingBox: [0.5, 0.5, 0.25, 0.5], confidence: 0.25 },
        { id: idOf(103), label: "dog", boundingBox: [0, 0.5, 1, 0.5] },
      ],
    },
  },
  {
    id: idOf(2),
    filepath: "/b.jpg",
    tags: ["test"],
    weather: { type: "Classification", id: idOf(12), label: "rainy", confidence: 0.5 },
    "group name": "y",
    rating: 1,
    big: 9007199254740992n,
    ground_truth: { type: "Detections", detections: [] },
  },
  { id: idOf(3), filepath: "/c.jpg", tags: [], "group name": "x", extra: { "a b": null } },
  {
    id: idOf(4),
    filepath: "/d.jpg",
    tags: ["train", "test"],
    weather: { type: "Classification", id: idOf(14), label: "sunny" },
    rating: 3,
    ground_truth: {
      type: "Detections",
      detections: [
        { id: idOf(401), label: "Straße 猫 😀", boundingBox: [0, 0, 0.1, 0.1], confidence: 1 },
        {
          id: idOf(402),
          label: "cat",
          boundingBox: [0, 0, 1, 1],
          confidence: 0.5,
          tags: ["checked", "big"],
        },
      ],
    },
  },
];
