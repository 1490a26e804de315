import { messageOf } from "../base/errors.ts";
import type { Merge } from "./compactor.ts";

/** A compaction that somebody asked for. */
export interface CompactionJob {
  readonly id: number;
  readonly state: "running" | "done" | "failed";
  /** What was merged, once it is done. */
  readonly merges: readonly Merge[];
  /** Why it failed. */
  readonly failure?: string;
}

/** Who asks for a state does so soon: older ones are forgotten. */
const jobsMax = 100;

/** Compactions that run in the background, each with a number to ask for it by. */
export class CompactionJobs {
  readonly #jobs = new Map<number, CompactionJob>();
  readonly #running = new Set<Promise<void>>();

  /** Starts a compaction. Never throws: the job has the failure. */
  start(id: number, compact: () => Promise<readonly Merge[]>): void {
    this.#jobs.set(id, { id, state: "running", merges: [] });
    const running = this.#run(id, compact).finally(() => this.#running.delete(running));
    this.#running.add(running);
    for (const old of this.#jobs.keys()) if (this.#jobs.size > jobsMax) this.#jobs.delete(old);
  }

  get(id: number): CompactionJob | undefined {
    return this.#jobs.get(id);
  }

  /** Waits until none runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #run(id: number, compact: () => Promise<readonly Merge[]>): Promise<void> {
    try {
      this.#jobs.set(id, { id, state: "done", merges: await compact() });
    } catch (error) {
      this.#jobs.set(id, { id, state: "failed", merges: [], failure: messageOf(error) });
    }
  }
}
