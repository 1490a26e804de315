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

/**
 * The newest lines of the containers, oldest first.
 *
 * @throws SnowparkError `not-found` where there is no such service.
 */
export async function readLogs(
  context: OperationContext,
  options: LogOptions,
): Promise<readonly LogLine[]> {
  const sources = await logSources(context, options.service);
  const logs = await Promise.all(sources.map((source) => readLog(context, source, options)));
  return logs.flat().sort(byTime);
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

/** A container whose log can be read. */
export interface LogSource {
  readonly service: string;
  readonly container: string;
  readonly instance: string;
  readonly restarts: number;
}

/**
 * The containers of the deployment, or of one of its services.
 *
 * @throws SnowparkError `not-found` where there is none.
 */
export async function logSources(
  context: OperationContext,
  service: string | undefined,
): Promise<readonly LogSource[]> {
  const sources = await presentSources(context, service);
  if (sources.length > 0) return sources;
  const what = service === undefined ? "No service" : `No service "${service}"`;
  throw new SnowparkError("not-found", `${what} with a container is deployed`, {
    remedy: `The services of this deployment are ${servicesOf(context).join(" and ")}.`,
  });
}

/** As {@link logSources}, which may be none. */
export async function presentSources(
  context: OperationContext,
  service: string | undefined,
): Promise<readonly LogSource[]> {
  const known = servicesOf(context);
  const wanted = service === undefined ? known : known.filter((name) => matches(name, service));
  const found = await Promise.all(wanted.map((name) => readService(context, name)));
  return found.flatMap((status) =>
    (status?.containers ?? []).map(({ name, instance, restarts }) => {
      return { service: status?.name ?? "", container: name, instance, restarts };
    }),
  );
}

function servicesOf({ config }: OperationContext): readonly string[] {
  return [config.names.service, config.names.notebookService];
}

/** Names are upper case; who types one need not care. */
function matches(name: string, typed: string): boolean {
  return name === typed || name === typed.toUpperCase();
}

/** The lines of one container, oldest first; none of one that has not begun. */
export async function readLog(
  context: OperationContext,
  source: Omit<LogSource, "restarts">,
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
    if (isAbsence(error)) return [];
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
function logLine(
  line: string,
  { service, container }: Pick<LogSource, "service" | "container">,
  timeBefore: string,
): LogLine {
  const { time = timeBefore, text = line } =
    /^(?<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) (?<text>.*)$/.exec(line)?.groups ?? {};
  return { service, container, time, text };
}

/** Orders lines by their times; those of one time stay as they are. */
export function byTime({ time: a }: LogLine, { time: b }: LogLine): number {
  return a < b ? -1 : Number(a > b);
}
