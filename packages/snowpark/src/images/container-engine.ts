import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { SnowparkError } from "../base/snowpark-error.ts";
import type { RunConfig } from "../oci/image.ts";
import { parseReference } from "../oci/image-reference.ts";
import { completeEntries, contentOf, type LayerEntry } from "../oci/layer-entry.ts";
import type { RegistryCredentials } from "../oci/registry-authentication.ts";
import { throwIfCancelled } from "../oci/registry-client.ts";
import type { BuildOptions, ImageDefinition, ImageRecipe } from "./image-definition.ts";

/** A program that builds and pushes images. */
export type ContainerEngine = "docker" | "podman";

/** Runs a program; answers its exit code, and rejects when there is no such program. */
export type ProgramRunner = (
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly signal?: AbortSignal },
) => Promise<number>;

export interface EnginePush {
  readonly engine: ContainerEngine;
  readonly run: ProgramRunner;
  /** `host/db/schema/repository` */
  readonly repository: string;
  readonly credentials: RegistryCredentials;
  readonly build: BuildOptions;
}

/**
 * Has Docker or Podman build an image from its recipe, and push it: for those who want it so, as their base images come
 * through a proxy or a cache of the engine's. Answers the reference.
 *
 * @throws SnowparkError `image-failed` with the command that failed.
 */
export async function pushWithEngine(
  { name, tag, recipe }: ImageDefinition,
  { engine, run, repository, credentials, build }: EnginePush,
): Promise<string> {
  const reference = `${repository}/${name}:${tag}`;
  const { host } = parseReference(reference);
  const folder = join(build.cacheFolder, "context", `${name}-${tag}`);
  await rm(folder, { recursive: true, force: true });
  await writeContext(recipe, folder, build);
  const step = async (args: readonly string[], input?: string): Promise<void> => {
    build.onStep?.(`${engine} ${args[0]}`);
    const { signal } = build;
    const code = await run(engine, args, {
      ...(input !== undefined && { input }),
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      throwIfCancelled(signal, cause);
      throw failure(`${engine} could not be run here`, cause);
    });
    if (code !== 0) throw failure(`${engine} ${args[0]} for ${reference} ended with ${code}`);
  };
  try {
    await step(["build", "--platform", "linux/amd64", "--tag", reference, folder]);
    // By standard input: a command line is seen by all users of a machine.
    await step(
      ["login", "--username", credentials.username, "--password-stdin", host],
      credentials.password,
    );
    await step(["push", reference]);
  } finally {
    // An engine writes down whom it has signed in, and the password may be a session's token.
    await run(engine, ["logout", host], {}).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
  return reference;
}

function failure(message: string, cause?: unknown): SnowparkError {
  return new SnowparkError("image-failed", message, {
    cause,
    remedy: "Its output says why; without --with, images are built and pushed without it",
  });
}

/** Writes what `docker build` takes: a Dockerfile, and the files in `root`. */
export async function writeContext(
  recipe: ImageRecipe,
  folder: string,
  build: BuildOptions,
): Promise<void> {
  const entries = await recipe.entries(build);
  await mkdir(join(folder, "root"), { recursive: true });
  for (const entry of completeEntries(entries)) await writeEntry(entry, join(folder, "root"));
  await writeFile(join(folder, "Dockerfile"), dockerfile(recipe, entries.length > 0));
}

async function writeEntry(entry: LayerEntry, root: string): Promise<void> {
  const path = join(root, entry.path);
  await mkdir(dirname(path), { recursive: true });
  if (entry.kind === "directory") await mkdir(path, { recursive: true });
  else if (entry.kind === "symlink") await symlink(entry.target, path);
  else await writeFile(path, Readable.from(contentOf(entry.content)), { mode: entry.mode });
}

/** A Dockerfile without commands to run: files and settings only, so that it builds without a network too. */
export function dockerfile({ from, run }: ImageRecipe, hasFiles: boolean): string {
  const lines = [`FROM ${from}`, ...(hasFiles ? ["COPY root/ /"] : []), ...settings(run)];
  return `${lines.join("\n")}\n`;
}

function settings(run: RunConfig): string[] {
  const { Env = [], Labels, ExposedPorts, Volumes, WorkingDir, Entrypoint, Cmd } = run;
  const pairs = (word: string, given: readonly (readonly [string, string])[]): string[] =>
    given.map(([name, value]) => `${word} ${name}=${quoted(value)}`);
  return [
    ...pairs("ENV", Env.map(splitVariable)),
    ...pairs("LABEL", Object.entries(Labels ?? {})),
    ...Object.keys(ExposedPorts ?? {}).map((port) => `EXPOSE ${port}`),
    ...Object.keys(Volumes ?? {}).map((folder) => `VOLUME ${JSON.stringify([folder])}`),
    ...(WorkingDir === undefined ? [] : [`WORKDIR ${WorkingDir}`]),
    ...(Entrypoint ? [`ENTRYPOINT ${JSON.stringify(Entrypoint)}`] : []),
    ...(Cmd ? [`CMD ${JSON.stringify(Cmd)}`] : []),
  ];
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}

/** A value in the double quotes of a Dockerfile, where `$` begins a variable. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\$]/g, "\\$&")}"`;
}
