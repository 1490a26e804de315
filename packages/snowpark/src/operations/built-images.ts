import { SnowparkError } from "../base/snowpark-error.ts";
import type { BuildOptions, ImageDefinition } from "../images/image-definition.ts";
import { type PushedImage, pushImage } from "../oci/push-image.ts";
import type { ImageStore, PushOptions } from "../plan/run-step.ts";
import type { DeploymentImage } from "../resources/resource.ts";
import type { SnowSession } from "../session/snow-session.ts";

export interface BuiltImagesOptions {
  readonly session: SnowSession;
  readonly build: BuildOptions;
}

/** Images that are built on this machine when the account lacks them. */
export class BuiltImages implements ImageStore {
  /** What was pushed, in the order in which it ended. */
  readonly pushed: PushedImage[] = [];
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
    const { session, build } = this.#options;
    const stop = signal ?? build.signal;
    const access = { ...build, ...(stop === undefined ? {} : { signal: stop }) };
    onProgress("building");
    const image = await definition.build({ ...access, onStep: onProgress });
    const pushed = await pushImage(image, `${repositoryUrl}/${name}`, tag, {
      ...access,
      login: () => session.registryLogin(),
      onProgress: ({ sentBytes, totalBytes }) =>
        onProgress(`${megabytes(sentBytes)} of ${megabytes(totalBytes)} MB are there`),
    });
    this.pushed.push(pushed);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
