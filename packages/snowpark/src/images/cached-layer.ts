import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDigest } from "../oci/digest.ts";
import { ociLayerType } from "../oci/image.ts";
import { fingerprintOf, type LayerEntry } from "../oci/layer-entry.ts";
import { type LayerFile, writeLayer } from "../oci/write-layer.ts";
import type { BuildOptions } from "./image-definition.ts";

export interface DescribedLayer extends LayerFile {
  readonly description: string;
}

/** A layer of these entries, written unless the cache has one of the same. */
export async function cachedLayer(
  description: string,
  entries: readonly LayerEntry[],
  { cacheFolder, onStep, signal }: BuildOptions,
): Promise<DescribedLayer> {
  const folder = join(cacheFolder, "layers");
  const name = await fingerprintOf(entries);
  const file = join(folder, `${name}.tar.gz`);
  const facts = join(folder, `${name}.json`);
  const known = await knownLayer(file, facts);
  if (known !== undefined) return { ...known, description };
  onStep?.(`write the layer of ${description}`);
  await mkdir(folder, { recursive: true });
  const layer = await writeLayer(entries, file, signal === undefined ? {} : { signal });
  const { descriptor, diffId } = layer;
  await writeFile(
    facts,
    JSON.stringify({ digest: descriptor.digest, size: descriptor.size, diffId }),
  );
  return { ...layer, description };
}

/** What the cache says of a layer. Its bytes are checked when they are read. */
async function knownLayer(file: string, facts: string): Promise<LayerFile | undefined> {
  try {
    const { digest, size, diffId }: Record<string, unknown> = JSON.parse(
      await readFile(facts, "utf8"),
    );
    if (typeof size !== "number" || (await stat(file)).size !== size) return undefined;
    return {
      descriptor: { mediaType: ociLayerType, digest: parseDigest(String(digest)), size },
      diffId: parseDigest(String(diffId)),
      file,
    };
  } catch {
    // Not there, or not readable: it is written anew.
    return undefined;
  }
}
