import type {
  ContainerSpecification,
  SecretUse,
} from "../../specification/service-specification.ts";
import { containerKey } from "./container-key.ts";
import type { SecretObject, ServiceContainer, ServiceObject } from "./state.ts";
import type { AccountParts } from "./statement-context.ts";
import type { ContainerMount, ContainerStart, VolumeSource } from "./surroundings.ts";
import { parseName } from "./written-name.ts";

/** Lets the runtime begin all containers that wait. */
export async function beginContainers(service: ServiceObject, parts: AccountParts): Promise<void> {
  for (const container of service.containers) {
    // The service may have been suspended or dropped while the one before began.
    const isWanted = service.phase === "running" && service.containers.includes(container);
    if (isWanted && container.status === "PENDING") {
      container.startedOn = service.since;
      await beginContainer(service, container, parts);
    }
  }
}

async function beginContainer(
  service: ServiceObject,
  container: ServiceContainer,
  parts: AccountParts,
): Promise<void> {
  container.message = waitingMessage(service, container);
  try {
    const start = containerStart(service, container, parts);
    await parts.options.runtime?.start(start);
  } catch (error) {
    container.status = "FAILED";
    container.message = error instanceof Error ? error.message : String(error);
  }
}

function specificationOf(
  service: ServiceObject,
  container: ServiceContainer,
): ContainerSpecification | undefined {
  return service.specification.spec.containers.find(({ name }) => name === container.name);
}

function waitingMessage(service: ServiceObject, container: ServiceContainer): string {
  const probe = specificationOf(service, container)?.readinessProbe;
  return probe === undefined
    ? "Waiting to start"
    : `Readiness probe is failing at path: ${probe.path}, port: ${probe.port}`;
}

/** Lets each container's status follow the runtime or, without one, the clock. */
export async function advanceContainers(
  service: ServiceObject,
  parts: AccountParts,
): Promise<void> {
  for (const container of service.containers) {
    if (container.status !== "PENDING" && container.status !== "READY") continue;
    if (parts.options.runtime === undefined) followClock(service, container, parts);
    else await followRuntime(service, container, parts);
  }
}

function followClock(
  service: ServiceObject,
  container: ServiceContainer,
  { options, timings }: AccountParts,
): void {
  const age = options.now() - (container.startedOn ?? options.now());
  if (service.isJob && age >= timings.containerStart + timings.jobRun) {
    finish(container, 0);
  } else if (age >= timings.containerStart) {
    container.status = "READY";
    container.message = "Running";
  }
}

async function followRuntime(
  service: ServiceObject,
  container: ServiceContainer,
  parts: AccountParts,
): Promise<void> {
  const status = parts.options.runtime?.status(containerKey(service, container));
  if (status === undefined) {
    container.startedOn = parts.options.now();
    await beginContainer(service, container, parts);
    return;
  }
  if (status.failure !== undefined) {
    container.status = "FAILED";
    container.message = status.failure;
    return;
  }
  const restarts = status.restartCount ?? 0;
  if (restarts > container.restartCount) container.lastRestartOn = parts.options.now();
  container.restartCount = restarts;
  if (status.exitCode !== undefined) {
    finish(container, status.exitCode, status.message);
    return;
  }
  container.status = status.isReady ? "READY" : "PENDING";
  const usual = status.isReady ? "Running" : waitingMessage(service, container);
  container.message = status.message ?? usual;
}

function finish(container: ServiceContainer, exitCode: number, message?: string): void {
  container.lastExitCode = exitCode;
  container.status = exitCode === 0 ? "DONE" : "FAILED";
  const usual =
    exitCode === 0 ? "Completed successfully" : "Container finished with non-zero exit code";
  container.message = message ?? usual;
}

/** All that a runtime needs for one container. Throws what SHOW SERVICE CONTAINERS is to say. */
function containerStart(
  service: ServiceObject,
  container: ServiceContainer,
  parts: AccountParts,
): ContainerStart {
  const specified = specificationOf(service, container);
  const secretEnv: Record<string, string> = {};
  const secretFiles: { path: string; content: string }[] = [];
  for (const use of specified?.secrets ?? []) {
    const secret = secretOf(use, service, parts);
    if (use.envVarName !== undefined)
      secretEnv[use.envVarName] = secretValue(secret, use.secretKeyRef);
    if (use.directoryPath !== undefined) secretFiles.push(...filesOf(secret, use.directoryPath));
  }
  return {
    ...containerKey(service, container),
    isJob: service.isJob,
    image: container.image,
    digest: container.digest,
    command: specified?.command,
    args: specified?.args,
    env: { ...specified?.env },
    secretEnv,
    secretFiles,
    mounts: mountsOf(service, container, specified),
    endpoints: (service.specification.spec.endpoints ?? []).flatMap(({ name, port }) =>
      port === undefined ? [] : [{ name, port }],
    ),
    readinessProbe: specified?.readinessProbe,
  };
}

/** The name of the object that a specification's secret is. References are not simulated, so they are names too. */
export function secretName({ snowflakeSecret }: SecretUse): string {
  if (typeof snowflakeSecret === "string") return snowflakeSecret;
  return "objectName" in snowflakeSecret
    ? snowflakeSecret.objectName
    : snowflakeSecret.objectReference;
}

function secretOf(use: SecretUse, service: ServiceObject, parts: AccountParts): SecretObject {
  const written = secretName(use);
  const name = parseName(written, service.name);
  const secret = name === undefined ? undefined : parts.objects.find("SECRET", name);
  if (secret === undefined || !parts.access.roleHolds(service.owner, "READ", secret)) {
    throw new Error(`Failed to read secret ${written}: it does not exist or is not authorized`);
  }
  return secret;
}

function secretValue(secret: SecretObject, key: SecretUse["secretKeyRef"]): string {
  return key === "username" ? secret.username : secret.secretString;
}

function filesOf(secret: SecretObject, folder: string): { path: string; content: string }[] {
  if (secret.secretType === "GENERIC_STRING") {
    return [{ path: `${folder}/secret_string`, content: secret.secretString }];
  }
  return [
    { path: `${folder}/username`, content: secret.username },
    { path: `${folder}/password`, content: secret.secretString },
  ];
}

function mountsOf(
  service: ServiceObject,
  container: ServiceContainer,
  specified: ContainerSpecification | undefined,
): ContainerMount[] {
  return (specified?.volumeMounts ?? []).map(({ name, mountPath }) => ({
    volume: name,
    mountPath,
    source: volumeSource(service, container, name),
  }));
}

function volumeSource(
  service: ServiceObject,
  container: ServiceContainer,
  volumeName: string,
): VolumeSource {
  const block = service.volumes.find(
    (volume) => volume.name === volumeName && volume.instance === container.instance,
  );
  if (block !== undefined) return { kind: "block", volumeId: block.id };
  const volume = service.specification.spec.volumes?.find(({ name }) => name === volumeName);
  const source = volume?.source ?? "local";
  const written = volume?.stageConfig?.name ?? (source.startsWith("@") ? source : undefined);
  if (written === undefined) return { kind: source === "memory" ? "memory" : "local" };
  const { name, path } = splitStageName(written);
  return { kind: "stage", stage: (parseName(name, service.name) ?? []).join("."), path };
}

/** `@db.schema.stage/path` in its two parts. */
export function splitStageName(written: string): { readonly name: string; readonly path: string } {
  const bare = written.replace(/^@/, "");
  const slash = bare.indexOf("/");
  return slash === -1
    ? { name: bare, path: "" }
    : { name: bare.slice(0, slash), path: bare.slice(slash + 1) };
}
