import { SnowparkError } from "../base/snowpark-error.ts";
import { literal, qualified } from "../sql/quote.ts";
import type { OperationContext } from "./operation-context.ts";
import { ask, isAbsence } from "./owner-queries.ts";
import { type ContainerStatus, readService } from "./status.ts";

/** What a container wrote. */
export interface LogLine {
  readonly service: string;
  readonly container: string;
  /** RFC 3339, to the nanosecond; empty where Snowflake gave none. */
  readonly time: string;
  readonly text: string;
}

export interface LogOptions {
  /** One of the deployment's services by its name; without, all of them. */
  readonly service?: string;
  /** How many lines of each container at most, the newest. */
  readonly lines: number;
  /** Those of the container that ran before this one. */
  readonly previous?: boolean;
  /** Only lines after this time, in RFC 3339. */
  readonly since?: string;
}

/** Snowflake answers 100 KB of a log at the most; so many lines are asked for at once. */
export const logLinesMax = 1_000;

/** How often a log is asked for new lines. */
const followMs = 2_000;

/**
 * The newest lines of the containers, oldest first.
 *
 * @throws SnowparkError `not-found` where there is no such service.
 */
export async function readLogs(
  context: OperationContext,
  options: LogOptions,
): Promise<readonly LogLine[]> {
  const sources = await sourcesOf(context, options.service);
  const logs = await Promise.all(sources.map((source) => readLog(context, source, options)));
  return logs.flat().sort((a, b) => compare(a.time, b.time));
}

/**
 * The newest lines, then new ones as they are written, until the signal is aborted. Snowflake has no stream of them: they
 * are asked for every two seconds, from the last time that was seen on; lines of that very time come again and are left
 * out.
 */
export async function* followLogs(
  context: OperationContext,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const { clock, signal } = context;
  const sources = await sourcesOf(context, options.service);
  const seen = new Map<LogSource, SeenLines>(sources.map((source) => [source, noneSeen]));
  let { lines, since } = options;
  while (signal?.aborted !== true) {
    const news: LogLine[] = [];
    for (const source of sources) {
      const before = seen.get(source) ?? noneSeen;
      const from = before.time === "" ? since : before.time;
      const found = await readLog(context, source, {
        lines,
        ...(from === undefined ? {} : { since: from }),
      });
      const fresh = withoutSeen(found, before);
      seen.set(source, afterSeeing(before, fresh));
      news.push(...fresh);
    }
    yield* news.sort((a, b) => compare(a.time, b.time));
    lines = logLinesMax;
    since = undefined;
    await clock.sleep(followMs, signal).catch(() => undefined);
  }
}

/** The last lines of a container of a service, for a report of its failure; none where they can't be had. */
export async function lastLogLines(
  context: OperationContext,
  service: string,
  container: ContainerStatus | undefined,
): Promise<readonly string[]> {
  if (container === undefined) return [];
  const source = { service, container: container.name, instance: container.instance };
  const { signal: _, ...rest } = context;
  try {
    // One that restarts has written its reason before it ended.
    const previous = container.restarts > 0 && container.status !== "READY";
    const lines = await readLog(rest, source, { lines: 20, previous });
    return (lines.length > 0 ? lines : await readLog(rest, source, { lines: 20 })).map(
      ({ text }) => text,
    );
  } catch (error) {
    // The report goes on without: it is about another failure.
    if (error instanceof SnowparkError) return [];
    throw error;
  }
}

interface LogSource {
  readonly service: string;
  readonly container: string;
  readonly instance: string;
}

/** The last time of which a line was seen, and the texts of that time. */
interface SeenLines {
  readonly time: string;
  readonly texts: readonly string[];
}

const noneSeen: SeenLines = { time: "", texts: [] };

function withoutSeen(found: readonly LogLine[], { time, texts }: SeenLines): readonly LogLine[] {
  const repeated = [...texts];
  return found.filter((line) => {
    if (line.time !== time) return line.time > time || line.time === "";
    const at = repeated.indexOf(line.text);
    if (at >= 0) repeated.splice(at, 1);
    return at < 0;
  });
}

function afterSeeing(before: SeenLines, fresh: readonly LogLine[]): SeenLines {
  const time = fresh.findLast((line) => line.time !== "")?.time;
  if (time === undefined) return before;
  const texts = fresh.filter((line) => line.time === time).map(({ text }) => text);
  return { time, texts: time === before.time ? [...before.texts, ...texts] : texts };
}

async function sourcesOf(
  context: OperationContext,
  service: string | undefined,
): Promise<readonly LogSource[]> {
  const { names } = context.config;
  const known = [names.service, names.notebookService];
  const wanted = service === undefined ? known : known.filter((name) => matches(name, service));
  const found = await Promise.all(wanted.map((name) => readService(context, name)));
  const sources = found.flatMap((status) =>
    (status?.containers ?? []).map(({ name, instance }) => {
      return { service: status?.name ?? "", container: name, instance };
    }),
  );
  if (sources.length > 0) return sources;
  const what = service === undefined ? "No service" : `No service "${service}"`;
  throw new SnowparkError("not-found", `${what} with a container is deployed`, {
    remedy: `The services of this deployment are ${known.join(" and ")}.`,
  });
}

/** Names are upper case; who types one need not care. */
function matches(name: string, typed: string): boolean {
  return name === typed || name === typed.toUpperCase();
}

async function readLog(
  context: OperationContext,
  source: LogSource,
  options: Omit<LogOptions, "service">,
): Promise<readonly LogLine[]> {
  const { database, schema } = context.config.names;
  const { lines, previous = false, since = "" } = options;
  const args = [
    literal(qualified(database, schema, source.service)),
    literal(source.instance),
    literal(source.container),
    String(lines),
    String(previous),
    literal(since),
    "true",
  ];
  let rows: readonly Readonly<Record<string, string | null>>[];
  try {
    ({ rows } = await ask(context, `CALL SYSTEM$GET_SERVICE_LOGS(${args.join(", ")})`));
  } catch (error) {
    // A container that has not begun, or had none before it, has no log.
    if (previous && isAbsence(error)) return [];
    throw error;
  }
  const text = rows.map((row) => Object.values(row)[0] ?? "").join("\n");
  const logLines: LogLine[] = [];
  for (const line of text.split("\n").filter(Boolean)) {
    logLines.push(logLine(line, source, logLines.at(-1)?.time ?? ""));
  }
  return logLines;
}

/** A line without a time of its own belongs to the one before it. */
function logLine(line: string, { service, container }: LogSource, timeBefore: string): LogLine {
  const { time = timeBefore, text = line } =
    /^(?<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) (?<text>.*)$/.exec(line)?.groups ?? {};
  return { service, container, time, text };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
