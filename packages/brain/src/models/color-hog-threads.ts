import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BrainError, messageOf } from "../base/brain-error.ts";
import { throwIfCancelled } from "../base/progress.ts";
import type { RgbImage } from "../media/rgb-image.ts";
import { colorHog } from "./color-hog.ts";
import type { DescriptorAnswer, DescriptorTask } from "./color-hog-task.ts";

/** Fewer images are done before a thread would have started. */
const imagesMin = 8;
const threadsMax = 4;
const what = "Computing embeddings";

interface Pending {
  readonly worker: Worker;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads that compute the built-in descriptor, so that this one stays free: large pictures take
 * milliseconds each. They start with the first large batch, and keep no process alive.
 */
export class ColorHogThreads {
  readonly #workers: Worker[] = [];
  readonly #pending = new Map<number, Pending>();
  #taskCount = 0;

  /**
   * The descriptors of images, in order.
   *
   * @throws {BrainError} `cancelled` as soon as the signal is aborted; `model-failed`.
   */
  async describe(
    images: readonly RgbImage[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> {
    throwIfCancelled(signal, what);
    if (images.length < imagesMin) return images.map(colorHog);
    let stop = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal?.reason);
    });
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([Promise.all(images.map((image) => this.#send(image))), stopped]);
    } catch (cause) {
      throwIfCancelled(signal, what);
      throw new BrainError("model-failed", `Cannot describe images: ${messageOf(cause)}`, {
        cause,
      });
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  /** Ends the threads; the next batch starts new ones. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.terminate()));
  }

  #send(image: RgbImage): Promise<Float32Array> {
    const id = this.#taskCount++;
    const worker = this.#worker(id);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { worker, resolve, reject });
      worker.ref();
      worker.postMessage({ id, image } satisfies DescriptorTask);
    });
  }

  /** Each in turn: images of one batch are about equally large. */
  #worker(id: number): Worker {
    const place = id % Math.min(threadsMax, availableParallelism());
    const known = this.#workers[place];
    if (known !== undefined) return known;
    // Flags of the process are for its own entry point.
    const worker = new Worker(workerUrl(), { execArgv: [] });
    this.#workers.push(worker);
    let cause: unknown = new Error("the thread ended");
    worker.on("message", ({ id, vector }: DescriptorAnswer) => {
      const task = this.#pending.get(id);
      this.#pending.delete(id);
      if (![...this.#pending.values()].some((other) => other.worker === worker)) worker.unref();
      task?.resolve(vector);
    });
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => this.#bury(worker, cause));
    return worker;
  }

  #bury(worker: Worker, cause: unknown): void {
    const place = this.#workers.indexOf(worker);
    if (place !== -1) this.#workers.splice(place, 1);
    for (const [id, task] of this.#pending) {
      if (task.worker !== worker) continue;
      this.#pending.delete(id);
      task.reject(cause);
    }
  }
}

/** From the sources, for tests, the built thread runs. */
function workerUrl(): URL {
  return import.meta.url.endsWith(".ts")
    ? new URL("../../dist/models/color-hog-worker.js", import.meta.url)
    : new URL("./color-hog-worker.js", import.meta.url);
}
