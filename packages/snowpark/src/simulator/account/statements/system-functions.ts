import { dnsDomain } from "../addresses.ts";
import { containerKey } from "../container-key.ts";
import { serviceStatus } from "../service-machine.ts";
import type { ServiceObject } from "../state.ts";
import type { StatementContext } from "../statement-context.ts";
import { doesNotExist, invalidValue, notSimulated, StatementError } from "../statement-error.ts";
import { parseName } from "../written-name.ts";
import type { SqlValue } from "./sql-value.ts";

type SystemFunction = (
  values: readonly SqlValue[],
  context: StatementContext,
) => SqlValue | Promise<SqlValue>;

const functions: Readonly<Record<string, SystemFunction>> = {
  SYSTEM$GET_SERVICE_STATUS: serviceStatusJson,
  SYSTEM$GET_SERVICE_LOGS: serviceLogs,
  SYSTEM$REGISTRY_LIST_IMAGES: registryImages,
  SYSTEM$GET_SERVICE_DNS_DOMAIN: ([name], context) => {
    const full = parseName(textOf(name), []);
    if (full === undefined || full.length > 2) throw invalidValue(textOf(name), "schema");
    return dnsDomain(context.get("SCHEMA", full).name);
  },
  SYSTEM$WAIT_FOR_SERVICES: waitForServices,
};

export function isSystemFunction(name: string): boolean {
  return name.startsWith("SYSTEM$");
}

export async function callSystemFunction(
  name: string,
  values: readonly SqlValue[],
  context: StatementContext,
): Promise<SqlValue> {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (called === undefined) throw notSimulated(name);
  return called(values, context);
}

function textOf(value: SqlValue | undefined): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new StatementError(
    "000939",
    "22023",
    "SQL compilation error: not enough arguments for function",
  );
}

function serviceNamed(value: SqlValue | undefined, context: StatementContext): ServiceObject {
  const name = parseName(textOf(value), []);
  if (name === undefined) throw doesNotExist("Service", textOf(value));
  const service = context.get("SERVICE", name);
  context.require("MONITOR", service);
  return service;
}

function serviceStatusJson(values: readonly SqlValue[], context: StatementContext): string {
  const service = serviceNamed(values[0], context);
  return JSON.stringify(
    service.containers.map((container) => ({
      status: container.status,
      message: container.message,
      containerName: container.name,
      instanceId: String(container.instance),
      serviceName: service.name.at(-1),
      image: container.image,
      restartCount: container.restartCount,
      startTime: container.startedOn === null ? "" : new Date(container.startedOn).toISOString(),
    })),
  );
}

const defaultLogLines = 500;

/** `(service, instance, container [, lines [, previous [, since [, timestamps]]]])`. */
function serviceLogs(values: readonly SqlValue[], context: StatementContext): string {
  const [name, instance, containerName, lines, isPrevious, since, hasTimestamps] = values;
  const service = serviceNamed(name, context);
  const container = service.containers.find(
    (one) => String(one.instance) === textOf(instance) && one.name === textOf(containerName),
  );
  if (container === undefined) {
    throw doesNotExist("Container", `${textOf(containerName)} of instance ${textOf(instance)}`);
  }
  const from = sinceTime(since ?? null);
  const key = containerKey(service, container);
  const written = context.parts.options.runtime?.logs(key, isTrue(isPrevious)) ?? [];
  return written
    .filter(({ writtenAt }) => writtenAt >= from)
    .slice(-lineCount(lines ?? null))
    .map((line) =>
      isTrue(hasTimestamps) ? `${timestamp(line.writtenAt)} ${line.text}` : line.text,
    )
    .join("\n");
}

function isTrue(value: SqlValue | undefined): boolean {
  return String(value).toLowerCase() === "true";
}

function sinceTime(since: SqlValue): number {
  if (since === null || since === "") return 0;
  const time = Date.parse(textOf(since));
  if (Number.isNaN(time)) throw invalidValue(textOf(since), "since_timestamp");
  return time;
}

function lineCount(lines: SqlValue): number {
  const count = lines === null ? defaultLogLines : Number(lines);
  if (!Number.isSafeInteger(count) || count < 1) throw invalidValue(String(lines), "num_lines");
  return count;
}

/** RFC 3339 with nanoseconds, as containers' engines write it. */
function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000000Z");
}

function registryImages(values: readonly SqlValue[], context: StatementContext): string {
  const written = textOf(values[0]);
  const name = parseName(written.replace(/^\//, "").replaceAll("/", "."), []);
  if (name === undefined) throw doesNotExist("Image Repository", written);
  const repository = context.get("IMAGE REPOSITORY", name);
  context.require("READ", repository);
  return JSON.stringify({ images: [...new Set(repository.images.map(({ image }) => image))] });
}

const pollMs = 1000;

/** `(seconds, service, …)`: waits until all are RUNNING, by the account's clock. */
async function waitForServices(
  values: readonly SqlValue[],
  context: StatementContext,
): Promise<string> {
  const seconds = Number(textOf(values[0]));
  const services = values.slice(1).map((value) => serviceNamed(value, context));
  const end = context.now + seconds * 1000;
  for (;;) {
    await context.parts.advance();
    if (services.every((service) => serviceStatus(service) === "RUNNING")) {
      return "All services are ready";
    }
    if (context.now >= end) return "Timed out: not all services are ready";
    await pause(context, Math.min(pollMs, end - context.now));
  }
}

/** Waits by the account's clock. */
export async function pause(context: StatementContext, milliseconds: number): Promise<void> {
  const { sleep } = context.parts.options;
  if (sleep === undefined) throw notSimulated("waiting in an account without a clock to wait by");
  await sleep(milliseconds);
}
