import { SnowparkError } from "../base/snowpark-error.ts";
import {
  type ContainerEngine,
  type ProgramRunner,
  pushWithEngine,
} from "../images/container-engine.ts";
import type { BuildOptions, ImageDefinition } from "../images/image-definition.ts";
import { pushImage } from "../oci/push-image.ts";
import type { ImageStore, PushOptions } from "../plan/run-step.ts";
import type { DeploymentImage } from "../resources/resource.ts";
import type { SnowSession } from "../session/snow-session.ts";

export interface BuiltImagesOptions {
  readonly session: SnowSession;
  readonly build: BuildOptions;
  /** Who builds and pushes; without one, this program does. */
  readonly engine?: { readonly name: ContainerEngine; readonly run: ProgramRunner };
}

/** An image that has been pushed. A container engine does not tell digest and bytes. */
export interface PushedBuild {
  /** `host/path:tag` */
  readonly reference: string;
  readonly digest?: string;
  /** What went over the wire, without what the registry had. */
  readonly uploadedBytes?: number;
}

/** Images that are built on this machine when the account lacks them. */
export class BuiltImages implements ImageStore {
  /** What was pushed, in the order in which it ended. */
  readonly pushed: PushedBuild[] = [];
  readonly #definitions: readonly ImageDefinition[];
  readonly #options: BuiltImagesOptions;

  constructor(definitions: readonly ImageDefinition[], options: BuiltImagesOptions) {
    this.#definitions = definitions;
    this.#options = options;
  }

  async push(
    { name, tag }: Pick<DeploymentImage, "name" | "tag">,
    repositoryUrl: string,
    { onProgress, signal }: PushOptions,
  ): Promise<void> {
    const definition = this.#definitions.find((image) => image.name === name && image.tag === tag);
    if (definition === undefined) {
      throw new SnowparkError("image-failed", `Nothing is known of an image ${name}:${tag} here`);
    }
    const { build } = this.#options;
    const stop = signal ?? build.signal;
    const options = {
      ...build,
      ...(stop === undefined ? {} : { signal: stop }),
      onStep: onProgress,
    };
    onProgress("building");
    this.pushed.push(await this.#pushed(definition, repositoryUrl, options));
  }

  async #pushed(
    definition: ImageDefinition,
    repository: string,
    build: BuildOptions & { readonly onStep: (step: string) => void },
  ): Promise<PushedBuild> {
    const { session, engine } = this.#options;
    if (engine !== undefined) {
      const { name, run } = engine;
      const credentials = await session.registryLogin();
      const door = { engine: name, run, repository, credentials, build };
      return { reference: await pushWithEngine(definition, door) };
    }
    const image = await definition.build(build);
    return await pushImage(image, `${repository}/${definition.name}`, definition.tag, {
      ...build,
      login: () => session.registryLogin(),
      onProgress: ({ sentBytes, totalBytes }) =>
        build.onStep(`${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB are there`),
    });
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
