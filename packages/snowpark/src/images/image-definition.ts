import type { ImageSource, RunConfig } from "../oci/image.ts";
import type { LayerEntry } from "../oci/layer-entry.ts";
import type { RegistryAccess } from "../oci/registry-client.ts";

/** What building an image may use. */
export interface BuildOptions extends RegistryAccess {
  /** Keeps downloads and layers between builds, so that the next one is short. Everything in it can be made again. */
  readonly cacheFolder: string;
  /** Is told what is being done, a few words at a time. */
  readonly onStep?: (step: string) => void;
}

/** An image that can be made here, or copied from a registry. What it is is known before it is built. */
export interface ImageDefinition {
  /** Its name in the image repository. */
  readonly name: string;
  /** `<version>-<12 digits of a digest of all that goes in>`: equal tags are equal images. */
  readonly tag: string;
  /** Where a volume is mounted so that what is written outlives the container. */
  readonly dataFolder: string;
  /** The user and group that containers run as in the end, to whom a stage volume must belong. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /**
   * Builds it. Layers are written to the cache folder; nothing is sent anywhere.
   *
   * @throws SnowparkError `image-failed`, `unsupported`, `network`, `cancelled`.
   */
  build(options: BuildOptions): Promise<ImageSource>;
  /** How Docker or Podman would build it. */
  readonly recipe: ImageRecipe;
}

/** An image as a container engine builds it: files laid over an image that the engine fetches. */
export interface ImageRecipe {
  readonly from: string;
  /** None for an image that is taken as it is. */
  entries(options: BuildOptions): Promise<readonly LayerEntry[]>;
  readonly run: RunConfig;
}

/** The ports that containers of our images listen on. */
export const containerPorts = {
  /** gRPC and REST. */
  milvus: 19_530,
  /** `/healthz` and `/metrics`. */
  health: 9_091,
  /** Calls of service functions. */
  functions: 19_531,
  /** Jupyter. */
  notebook: 8_888,
} as const;

/**
 * The label in which an image names the variables that move its ports, as JSON, such as `{"8888":"JUPYTER_PORT"}`: whoever
 * runs several containers in one network, as the simulator does, sets them.
 */
export const portVariablesLabel = "org.redkite.port-variables";
