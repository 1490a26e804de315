import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { version } from "@redkite/milvus/server";
import type {
  BuildOptions,
  BuiltImages,
  ContainerEngine,
  ImageDefinition,
  SnowparkConfig,
} from "@redkite/snowpark";
import type { CommandContext } from "./command-context.ts";
import type { Environment } from "./environment.ts";
import { findProgram } from "./find-program.ts";
import { runProgram } from "./run-program.ts";
import type { loadSnowpark } from "./snowpark-options.ts";

/** The images of a deployment, which can be built here. */
export interface DefinedImages {
  readonly server: ImageDefinition;
  readonly notebook?: ImageDefinition;
}

/** This package, whose server goes into the image: `packages/redkite`, from `src` and from `dist` alike. */
const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** A simulated notebook is this machine's Jupyter: where there is none, the rest can be rehearsed. */
export async function rehearsable(context: CommandContext): Promise<SnowparkConfig> {
  const { config, screen } = context;
  if (!config.notebook) return config;
  const reason = await reasonWithoutNotebook(context);
  if (reason === undefined) return config;
  screen.tell(`Simulated without the notebook: ${reason}`);
  return { ...config, notebook: false };
}

/** Why no notebook can be there, where none can. */
export async function reasonWithoutNotebook({
  config,
  options,
  environment,
}: CommandContext): Promise<string | undefined> {
  if (!config.notebook) return "the configuration says notebook: false";
  if (options.simulate !== true) return undefined;
  const jupyter = await findProgram("jupyter", environment["PATH"]);
  return jupyter === undefined ? "there is no jupyter on this machine's PATH" : undefined;
}

/** @throws SnowparkError `not-found` with the reason, where no notebook can be there. */
export async function requireNotebook(context: CommandContext): Promise<void> {
  const reason = await reasonWithoutNotebook(context);
  if (reason === undefined) return;
  const { SnowparkError } = context.snowpark;
  throw new SnowparkError("not-found", `There is no notebook: ${reason}`, {
    remedy: context.config.notebook
      ? "Install one (pip install jupyterlab), and run redkite snowpark up --simulate again."
      : "Set notebook: true and run redkite snowpark up.",
  });
}

/** Where images are made and pushed from: by this program, or by the engine that was asked for. */
export function imageStore(
  { snowpark, session, environment, fetch, signal }: CommandContext,
  definitions: readonly ImageDefinition[],
  engine: ContainerEngine | undefined,
): BuiltImages {
  return new snowpark.BuiltImages(definitions, {
    session,
    build: buildOptions(environment, { fetch, signal }),
    ...(engine === undefined ? {} : { engine: { name: engine, run: runProgram } }),
  });
}

/** The images that a configuration asks for. Building them is another matter. */
export async function deploymentImages(
  snowpark: Awaited<ReturnType<typeof loadSnowpark>>,
  config: SnowparkConfig,
  { simulate }: { readonly simulate?: true },
): Promise<DefinedImages> {
  const server =
    config.engine.kind === "milvus"
      ? snowpark.milvusImage(config.engine.version)
      : await snowpark.serverImage({ packageFolder, executable: process.execPath });
  if (!config.notebook) return { server };
  // A simulated notebook runs this machine's Jupyter: nothing has to lie below it.
  const notebook = await snowpark.notebookImage({
    version,
    ...(simulate === true ? { base: "none" } : {}),
  });
  return { server, notebook };
}

/** What building takes: layers are kept between builds, so that the next one is short. */
export function buildOptions(
  environment: Environment,
  { fetch, signal }: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal },
): BuildOptions {
  return {
    cacheFolder: join(environment["REDKITE_HOME"] ?? join(homedir(), ".redkite"), "image-layers"),
    fetch,
    sleep: (milliseconds, stop) => sleep(milliseconds, undefined, stop ? { signal: stop } : {}),
    signal,
  };
}
