import { readServiceSpecification } from "../../specification/read-service-specification.ts";
import type {
  ContainerSpecification,
  ServiceSpecification,
  VolumeSpecification,
} from "../../specification/service-specification.ts";
import { problemText } from "../../specification/specification-problem.ts";
import { secretName, splitStageName } from "./service-containers.ts";
import type { ObjectType, ServiceContainer } from "./state.ts";
import type { StatementContext } from "./statement-context.ts";
import type { StatementCursor } from "./statement-cursor.ts";
import { doesNotExist, notSimulated, serviceError } from "./statement-error.ts";
import { parseName } from "./written-name.ts";

/** Where a statement has the specification: in itself, or in a file on a stage. */
export type SpecificationSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly stage: string[]; readonly path: string };

/** Reads `FROM SPECIFICATION …` or `FROM @stage SPECIFICATION_FILE = …`. */
export function readSpecificationSource(cursor: StatementCursor): SpecificationSource {
  cursor.expect("FROM");
  if (cursor.comesNext("SPECIFICATION_TEMPLATE")) throw notSimulated("SPECIFICATION_TEMPLATE");
  if (cursor.accept("SPECIFICATION")) {
    cursor.acceptSymbol("=");
    return { kind: "text", text: cursor.text() };
  }
  const { name, path } = cursor.stagePath();
  if (cursor.comesNext("SPECIFICATION_TEMPLATE_FILE")) {
    throw notSimulated("SPECIFICATION_TEMPLATE_FILE");
  }
  // SPEC is the older word for it.
  cursor.expectOneOf(["SPECIFICATION_FILE", "SPEC"]);
  cursor.expectSymbol("=");
  const file = cursor.text();
  return { kind: "file", stage: name, path: [path, file].filter((part) => part !== "").join("/") };
}

/** A specification that was read and checked, and the images that it stands for now. */
export interface ServiceDefinition {
  readonly text: string;
  readonly specification: ServiceSpecification;
  /** Of one instance. Images that are not there make their container FAILED. */
  readonly containers: readonly Omit<ServiceContainer, "instance">[];
}

/** Gets and checks a specification, with the rights of the session's role: it is, or becomes, the owner's. */
export async function resolveDefinition(
  source: SpecificationSource,
  within: readonly string[],
  context: StatementContext,
): Promise<ServiceDefinition> {
  const text = source.kind === "text" ? source.text : await readStageFile(source, context);
  const reading = readServiceSpecification(text, {
    stageMountsV1: !context.parts.behaviour.refusesStageMountV1,
    scalarVariables: true,
  });
  if (reading.kind === "problems") {
    throw serviceError(`Invalid spec: ${reading.problems.map(problemText).join("; ")}.`);
  }
  const { specification } = reading;
  const { containers, volumes = [], endpoints = [] } = specification.spec;
  for (const volume of volumes) checkVolume(volume, within, context);
  for (const container of containers) {
    for (const secret of container.secrets ?? []) {
      requireUse({ type: "SECRET", privilege: "READ" }, secretName(secret), within, context);
    }
  }
  if (endpoints.some((endpoint) => endpoint.public === true)) {
    context.requireOnAccount("BIND SERVICE ENDPOINT");
  }
  return { text, specification, containers: containers.map((one) => resolveImage(one, context)) };
}

async function readStageFile(
  source: { readonly stage: string[]; readonly path: string },
  context: StatementContext,
): Promise<string> {
  const stage = context.get("STAGE", source.stage);
  context.require("READ", stage);
  const bytes = await context.parts.options.stageFiles?.read(String(stage.id), source.path);
  if (bytes === undefined) {
    throw serviceError(`Failed to read file ${source.path} from stage ${stage.name.join(".")}.`);
  }
  return new TextDecoder().decode(bytes);
}

function checkVolume(
  volume: VolumeSpecification,
  within: readonly string[],
  context: StatementContext,
): void {
  const stage = volume.stageConfig?.name ?? (volume.source.startsWith("@") ? volume.source : null);
  if (stage !== null) {
    requireUse({ type: "STAGE", privilege: "READ" }, splitStageName(stage).name, within, context);
  }
  const snapshot = volume.blockConfig?.initialContents?.fromSnapshot;
  if (snapshot !== undefined) {
    requireUse({ type: "SNAPSHOT", privilege: "USAGE" }, snapshot, within, context);
  }
}

function requireUse(
  { type, privilege }: { readonly type: ObjectType; readonly privilege: string },
  written: string,
  within: readonly string[],
  context: StatementContext,
): void {
  const name = parseName(written, within);
  if (name === undefined) throw doesNotExist(type.charAt(0) + type.slice(1).toLowerCase(), written);
  context.require(privilege, context.get(type, name));
}

function resolveImage(
  container: ContainerSpecification,
  context: StatementContext,
): Omit<ServiceContainer, "instance"> {
  const found = findImage(container.image, context);
  return {
    name: container.name,
    image: container.image,
    digest: found ?? "",
    status: found === undefined ? "FAILED" : "PENDING",
    message:
      found === undefined
        ? `Failed to pull image '${container.image}': it is not in the image repository.`
        : "",
    restartCount: 0,
    startedOn: null,
    lastExitCode: null,
    lastRestartOn: null,
  };
}

/** The digest of `[host]/database/schema/repository/image[:tag][@digest]`. */
function findImage(written: string, context: StatementContext): string | undefined {
  const [path = "", wantedDigest] = written.replace(/^[^/]*\//, "").split("@");
  const [database = "", schema = "", repositoryName = "", imageAndTag = ""] = path.split("/");
  const repository = context.objects
    .all("IMAGE REPOSITORY")
    .find((one) => one.name.join("/").toLowerCase() === `${database}/${schema}/${repositoryName}`);
  const mayRead =
    repository !== undefined &&
    context.access.sees(context.actor, repository) &&
    (context.access.holds(context.actor, "READ", repository) ||
      context.access.holds(context.actor, "SERVICE READ", repository));
  if (repository === undefined || !mayRead) {
    throw doesNotExist("Image Repository", `${database}.${schema}.${repositoryName}`);
  }
  const [image = "", tag = "latest"] = imageAndTag.split(":");
  return repository.images.find(
    (one) =>
      one.image === image &&
      (wantedDigest === undefined ? one.tag === tag : one.digest === wantedDigest),
  )?.digest;
}
