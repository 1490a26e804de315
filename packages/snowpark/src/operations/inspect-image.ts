import { SnowparkError } from "../base/snowpark-error.ts";
import type { RunConfig } from "../oci/image.ts";
import { parseReference } from "../oci/image-reference.ts";
import type { RegistryAccess } from "../oci/registry-client.ts";
import { registryImage } from "../oci/registry-image.ts";
import type { DeploymentImage } from "../resources/resource.ts";

/** What a registry holds of an image. */
export interface ImageFacts {
  /** `host/path:tag` */
  readonly reference: string;
  readonly digest: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Compressed, of all layers. */
  readonly bytes: number;
  /** Lowest first. */
  readonly layers: readonly LayerFacts[];
  /** How its containers are run. */
  readonly run: RunConfig;
}

export interface LayerFacts {
  readonly digest: string;
  /** Compressed. */
  readonly bytes: number;
  /** What made it, where the image tells. */
  readonly origin?: string;
}

/**
 * Reads what an image of a repository is: its manifest and configuration, none of its layers.
 *
 * @throws SnowparkError `not-found` where it has not been pushed, and as `registryImage` does.
 */
export async function inspectImage(
  { name, tag }: Pick<DeploymentImage, "name" | "tag">,
  repositoryUrl: string,
  access: RegistryAccess,
): Promise<ImageFacts> {
  const reference = `${repositoryUrl}/${name}:${tag}`;
  const { digest, manifest, config } = await readImage(reference, access);
  // History tells of empty layers too, of which a manifest has none.
  const origins = (config.history ?? []).filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  return {
    reference,
    digest,
    platform: `${config.os}/${config.architecture}`,
    bytes: manifest.layers.reduce((sum, { size }) => sum + size, 0),
    layers: manifest.layers.map((layer, at) => {
      const { comment, created_by: createdBy } = origins[at] ?? {};
      const origin = createdBy ?? comment;
      return {
        digest: layer.digest,
        bytes: layer.size,
        ...(origin === undefined ? {} : { origin }),
      };
    }),
    run: config.config ?? {},
  };
}

async function readImage(reference: string, access: RegistryAccess) {
  try {
    return await registryImage(parseReference(reference), access);
  } catch (error) {
    if (!(error instanceof SnowparkError) || error.code !== "not-found") throw error;
    throw new SnowparkError("not-found", `${reference} has not been pushed`, {
      remedy:
        "redkite snowpark up builds and pushes it, redkite snowpark images push does only that.",
      cause: error,
    });
  }
}
