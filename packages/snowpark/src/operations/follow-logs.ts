import type { OperationContext } from "./operation-context.ts";
import {
  byTime,
  type LogLine,
  type LogOptions,
  type LogSource,
  logLinesMax,
  logSources,
  presentSources,
  readLog,
} from "./service-logs.ts";

/** How often a log is asked for new lines. */
const followMs = 2_000;

/**
 * The newest lines, then new ones as they are written, until the signal is aborted. Snowflake has no stream of them: they
 * are asked for every two seconds. Containers that begin later are followed too, from their first line on; of one that
 * was started again in between, what it wrote before comes first.
 *
 * @throws SnowparkError `not-found` where there is no such service at the start.
 */
export async function* followLogs(
  context: OperationContext,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const followed = new Map<string, FollowedLog>();
  const { service, lines, since } = options;
  let first: Reading = { lines, ...(since === undefined ? {} : { since }) };
  let sources = await logSources(context, service);
  try {
    for (;;) {
      const news: LogLine[] = [];
      for (const source of sources) {
        const key = JSON.stringify([source.service, source.container, source.instance]);
        const log = followed.get(key) ?? new FollowedLog(source.restarts, first);
        followed.set(key, log);
        news.push(...(await log.read(context, source)));
      }
      yield* news.sort(byTime);
      first = { lines: logLinesMax };
      await context.clock.sleep(followMs, context.signal);
      if (context.signal?.aborted === true) return;
      sources = await presentSources(context, service);
    }
  } catch (error) {
    // Whoever ends it may do so in the middle of a statement.
    if (context.signal?.aborted !== true) throw error;
  }
}

/** What is asked of a log. */
type Reading = Pick<LogOptions, "lines" | "since">;

/** How far the log of a container has been read. */
class FollowedLog {
  #restarts: number;
  #next: Reading;
  /** The last time of which a line was seen, and the texts of that time: they come again. */
  #time = "";
  #texts: readonly string[] = [];

  constructor(restarts: number, first: Reading) {
    this.#restarts = restarts;
    this.#next = first;
  }

  /** The lines since the last reading. */
  async read(context: OperationContext, source: LogSource): Promise<readonly LogLine[]> {
    const hasRestarted = source.restarts > this.#restarts;
    this.#restarts = source.restarts;
    const before = hasRestarted ? await this.#fresh(context, source, true) : [];
    return [...before, ...(await this.#fresh(context, source, false))];
  }

  async #fresh(
    context: OperationContext,
    source: LogSource,
    previous: boolean,
  ): Promise<readonly LogLine[]> {
    const found = await readLog(context, source, { ...this.#next, previous });
    const fresh = this.#withoutSeen(found);
    this.#see(fresh);
    return fresh;
  }

  #withoutSeen(found: readonly LogLine[]): readonly LogLine[] {
    const repeated = [...this.#texts];
    return found.filter(({ time, text }) => {
      if (time !== this.#time) return time > this.#time || time === "";
      const at = repeated.indexOf(text);
      if (at >= 0) repeated.splice(at, 1);
      return at < 0;
    });
  }

  #see(fresh: readonly LogLine[]): void {
    const time = fresh.findLast((line) => line.time !== "")?.time;
    if (time === undefined) return;
    const texts = fresh.filter((line) => line.time === time).map(({ text }) => text);
    this.#texts = time === this.#time ? [...this.#texts, ...texts] : texts;
    this.#time = time;
    this.#next = { lines: logLinesMax, since: time };
  }
}
