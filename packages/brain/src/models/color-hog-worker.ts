// The entry point of a thread that computes the built-in descriptor of one image after the other.
import { parentPort } from "node:worker_threads";
import { colorHog } from "./color-hog.ts";
import type { DescriptorAnswer, DescriptorTask } from "./color-hog-task.ts";

parentPort?.on("message", ({ id, image }: DescriptorTask) => {
  const answer: DescriptorAnswer = { id, vector: colorHog(image) };
  parentPort?.postMessage(answer);
});
