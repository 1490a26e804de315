import type { CheckedDocument, Place } from "./checked-document.ts";
import { cpuCount, memoryBytes } from "./quantity.ts";
import type {
  ContainerSpecification,
  EndpointSpecification,
  ResourceAmounts,
  SecretUse,
  ServiceSpecification,
  VolumeSpecification,
} from "./service-specification.ts";

/** Up to so many block volumes a service can have. */
const maxBlockVolumes = 3;

/** Reports what is well formed and still can't be: names that nothing has, keys that don't go together. */
export function checkReferences(
  checked: CheckedDocument,
  specification: ServiceSpecification,
): void {
  const { containers, endpoints = [], volumes = [] } = specification.spec;
  reportDuplicates(checked, ["spec", "containers"], containers);
  reportDuplicates(checked, ["spec", "endpoints"], endpoints);
  reportDuplicates(checked, ["spec", "volumes"], volumes);
  const volumeNames = volumes.map(({ name }) => name);
  for (const [index, container] of containers.entries()) {
    checkContainer(checked, container, { place: ["spec", "containers", index], volumeNames });
  }
  for (const [index, endpoint] of endpoints.entries()) {
    checkEndpoint(checked, endpoint, ["spec", "endpoints", index]);
  }
  for (const [index, volume] of volumes.entries()) {
    checkVolume(checked, volume, ["spec", "volumes", index]);
  }
  const blocks = volumes.filter(({ source }) => source === "block").length;
  if (blocks > maxBlockVolumes) {
    const message = `a service has at most ${maxBlockVolumes} block volumes, and this has ${blocks}`;
    checked.report("bad-value", ["spec", "volumes"], message);
  }
  checkServiceRoles(checked, specification);
}

function checkContainer(
  checked: CheckedDocument,
  container: ContainerSpecification,
  at: { readonly place: Place; readonly volumeNames: readonly string[] },
): void {
  const mountPaths = new Set<string>();
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const place = [...at.place, "volumeMounts", index];
    if (!at.volumeNames.includes(mount.name)) {
      checked.report("unknown-name", [...place, "name"], `there is no volume ${mount.name}`);
    }
    if (mountPaths.has(mount.mountPath)) {
      const message = `two volumes are mounted at ${mount.mountPath}`;
      checked.report("duplicate-name", [...place, "mountPath"], message);
    }
    mountPaths.add(mount.mountPath);
  }
  for (const [index, secret] of (container.secrets ?? []).entries()) {
    checkSecret(checked, secret, [...at.place, "secrets", index]);
  }
  checkAmounts(checked, container.resources, [...at.place, "resources"]);
}

function checkSecret(checked: CheckedDocument, secret: SecretUse, place: Place): void {
  const asFile = secret.directoryPath !== undefined;
  const asVariable = secret.envVarName !== undefined;
  if (asFile === asVariable) {
    const message = "must have exactly one of directoryPath and envVarName";
    checked.report("combination", place, message);
  }
  if (asVariable !== (secret.secretKeyRef !== undefined)) {
    checked.report("combination", place, "envVarName and secretKeyRef go together");
  }
  const { snowflakeSecret } = secret;
  if (typeof snowflakeSecret !== "string" && Object.keys(snowflakeSecret).length !== 1) {
    const message = "must have exactly one of objectName and objectReference";
    checked.report("combination", [...place, "snowflakeSecret"], message);
  }
}

function checkAmounts(
  checked: CheckedDocument,
  resources: ContainerSpecification["resources"],
  place: Place,
): void {
  const requests: ResourceAmounts = resources?.requests ?? {};
  const limits: ResourceAmounts = resources?.limits ?? {};
  if (requests["nvidia.com/gpu"] !== limits["nvidia.com/gpu"]) {
    const message = "the same number of nvidia.com/gpu must be requested and be the limit";
    checked.report("combination", place, message);
  }
  if (exceeds(memoryOf(requests), memoryOf(limits))) {
    checked.report("combination", place, "more memory is requested than the limit");
  }
  if (exceeds(cpusOf(requests), cpusOf(limits))) {
    checked.report("combination", place, "more cpu is requested than the limit");
  }
}

function memoryOf({ memory }: ResourceAmounts): number | undefined {
  return memory === undefined ? undefined : memoryBytes(memory);
}

function cpusOf({ cpu }: ResourceAmounts): number | undefined {
  return cpu === undefined ? undefined : cpuCount(cpu);
}

function exceeds(amount: number | undefined, limit: number | undefined): boolean {
  return amount !== undefined && limit !== undefined && amount > limit;
}

function checkEndpoint(
  checked: CheckedDocument,
  endpoint: EndpointSpecification,
  place: Place,
): void {
  if ((endpoint.port === undefined) === (endpoint.portRange === undefined)) {
    checked.report("combination", place, "must have exactly one of port and portRange");
  }
  const isTcp = endpoint.protocol === "TCP";
  if (endpoint.public === true && isTcp) {
    checked.report("public-not-http", place, "a public endpoint must be of the protocol HTTP");
  }
  if (endpoint.portRange !== undefined) {
    const [first = 0, last = 0] = endpoint.portRange.split("-").map(Number);
    if (!isTcp || endpoint.public === true) {
      checked.report("combination", place, "a portRange must be private and of the protocol TCP");
    }
    if (first < 1 || last > 65_535 || first > last) {
      checked.report("bad-value", [...place, "portRange"], "must be two ports from 1 to 65535");
    }
  }
  const origins = endpoint.corsSettings?.["Access-Control-Allow-Origin"] ?? [];
  if (origins.includes("*")) {
    const cors = [...place, "corsSettings", "Access-Control-Allow-Origin"];
    checked.report("bad-value", cors, "must name the origins: * is not taken");
  }
}

function checkVolume(checked: CheckedDocument, volume: VolumeSpecification, place: Place): void {
  const { source } = volume;
  const isStage = source === "stage" || source.startsWith("@");
  if (source.startsWith("@")) {
    const message = "stage mount v1 not supported, please use v2 instead";
    checked.report("stage-mount-v1", [...place, "source"], message);
  }
  if (source === "stage" && volume.stageConfig === undefined) {
    checked.report("missing-key", place, "a volume from a stage must have stageConfig");
  }
  const sized = source === "block" || source === "memory";
  if (sized && volume.size === undefined) {
    checked.report("missing-key", place, `a volume of ${source} storage must have a size`);
  }
  if (source === "block" && volume.size !== undefined && !/^[1-9]\d*Gi$/.test(volume.size)) {
    checked.report("bad-value", [...place, "size"], "must be whole gibibytes such as 10Gi");
  }
  const misplaced = [
    volume.size !== undefined && !sized ? "size" : undefined,
    volume.blockConfig !== undefined && source !== "block" ? "blockConfig" : undefined,
    volume.stageConfig !== undefined && source !== "stage" ? "stageConfig" : undefined,
    volume.uid !== undefined && !isStage ? "uid" : undefined,
    volume.gid !== undefined && !isStage ? "gid" : undefined,
  ];
  for (const key of misplaced.filter((name) => name !== undefined)) {
    checked.report("combination", [...place, key], `a volume from ${source} has no ${key}`);
  }
}

function checkServiceRoles(checked: CheckedDocument, specification: ServiceSpecification): void {
  const roles = specification.serviceRoles ?? [];
  const known = (specification.spec.endpoints ?? []).map(({ name }) => name);
  reportDuplicates(checked, ["serviceRoles"], roles);
  for (const [index, role] of roles.entries()) {
    for (const [position, endpoint] of role.endpoints.entries()) {
      if (!known.includes(endpoint)) {
        const place = ["serviceRoles", index, "endpoints", position];
        checked.report("unknown-name", place, `there is no endpoint ${endpoint}`);
      }
    }
  }
}

function reportDuplicates(
  checked: CheckedDocument,
  place: Place,
  named: readonly { readonly name: string }[],
): void {
  const seen = new Set<string>();
  for (const [index, { name }] of named.entries()) {
    if (seen.has(name)) {
      checked.report("duplicate-name", [...place, index, "name"], `${name} is there twice`);
    }
    seen.add(name);
  }
}
