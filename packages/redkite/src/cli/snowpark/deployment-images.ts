import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { version } from "@redkite/milvus/server";
import type { BuildOptions, ImageDefinition, SnowparkConfig } from "@redkite/snowpark";
import type { CommandContext } from "./command-context.ts";
import type { Environment } from "./environment.ts";
import { findProgram } from "./find-program.ts";
import type { loadSnowpark } from "./snowpark-options.ts";

/** The images of a deployment, which can be built here. */
export interface DefinedImages {
  readonly server: ImageDefinition;
  readonly notebook?: ImageDefinition;
}

/** This package, whose server goes into the image: `packages/redkite`, from `src` and from `dist` alike. */
const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** A simulated notebook is this machine's Jupyter: where there is none, the rest can be rehearsed. */
export async function rehearsable({
  config,
  options,
  environment,
  screen,
}: CommandContext): Promise<SnowparkConfig> {
  if (options.simulate !== true || !config.notebook) return config;
  if ((await findProgram("jupyter", environment["PATH"])) !== undefined) return config;
  screen.tell("Simulated without the notebook: there is no jupyter on this machine's PATH");
  return { ...config, notebook: false };
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
