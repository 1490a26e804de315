import { parseReference } from "../oci/image-reference.ts";
import { registryImage } from "../oci/registry-image.ts";
import type { ImageDefinition } from "./image-definition.ts";

/** Where Milvus is published. */
const published = "docker.io/milvusdb/milvus";

/**
 * Upstream Milvus of a version such as `2.6.4`, copied from its registry to the account's as it is.
 *
 * @throws SnowparkError `invalid-configuration` for a version that no tag can have.
 */
export function milvusImage(version: string): ImageDefinition {
  const tag = `v${version.replace(/^v/, "")}`;
  const reference = parseReference(`${published}:${tag}`);
  return {
    name: "milvus",
    tag,
    dataFolder: "/var/lib/milvus",
    // Its image names no other user.
    owner: { uid: 0, gid: 0 },
    build: async (build) => await registryImage(reference, build),
    recipe: { from: `${published}:${tag}`, entries: async () => [], run: {} },
  };
}
