import type { Job, Lane } from "./job.ts";

/**
 * A step of a build gets its turn after so many searches at the latest: it takes about as long as
 * some of them, so they lose a few percent, and a build under a load that never ends comes to its own.
 */
export const TURN_COUNT = 20;

/** The jobs that have tasks waiting for a thread. */
export class JobQueue {
  readonly #lanes: Readonly<Record<Lane, Job[]>> = { foreground: [], background: [] };
  /** Foreground tasks that were taken while a background task waited. */
  #passedCount = 0;

  /** Whether a background task is next, though foreground tasks may wait. */
  get isBackgroundDue(): boolean {
    return this.#passedCount >= TURN_COUNT;
  }

  /** Jobs of a lane with tasks that wait. */
  jobCount(lane: Lane): number {
    return this.#lanes[lane].length;
  }

  /** Tasks of a lane that wait. */
  taskCount(lane: Lane): number {
    return this.#lanes[lane].reduce((sum, job) => sum + job.waitingCount, 0);
  }

  /** Puts a job behind those of its lane. */
  add(job: Job): void {
    this.#lanes[job.lane].push(job);
  }

  /** Puts a job, one of whose tasks is to be tried again, before the others. */
  addAgain(job: Job): void {
    const jobs = this.#lanes[job.lane];
    if (!jobs.includes(job)) jobs.unshift(job);
  }

  remove(job: Job): void {
    const jobs = this.#lanes[job.lane];
    const place = jobs.indexOf(job);
    if (place >= 0) jobs.splice(place, 1);
    if (this.#lanes.background.length === 0) this.#passedCount = 0;
  }

  /** Empties the queue and answers what was in it. */
  clear(): readonly Job[] {
    this.#passedCount = 0;
    return [...this.#lanes.foreground.splice(0), ...this.#lanes.background.splice(0)];
  }

  /**
   * Takes a lane's next task: in the foreground that of the job that came first, in the background
   * each job's by turns, so that a short build does not wait for a long one.
   */
  take(lane: Lane): { readonly job: Job; readonly index: number } | undefined {
    const jobs = this.#lanes[lane];
    const [job] = jobs;
    if (job === undefined) return undefined;
    const isPassed = lane === "foreground" && this.#lanes.background.length > 0;
    this.#passedCount = isPassed ? this.#passedCount + 1 : 0;
    const index = job.take();
    if (job.waitingCount === 0) {
      jobs.shift();
    } else if (lane === "background") {
      jobs.push(...jobs.splice(0, 1));
    }
    return { job, index };
  }
}
