/** What is in one image, as it is kept on disk. */
export interface ImageState {
  readonly repositoryId: string;
  readonly image: string;
  readonly tags: readonly (readonly [tag: string, digest: string])[];
  readonly manifests: readonly (readonly [digest: string, mediaType: string])[];
  readonly blobs: readonly string[];
}

interface ImageEntry {
  readonly repositoryId: string;
  readonly image: string;
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, string>;
  readonly blobs: Set<string>;
}

/** An image of a repository: the names that the rest of the index is asked by. */
export interface ImageName {
  readonly repositoryId: string;
  readonly image: string;
}

/**
 * Which image has which tags, manifests and blobs. A blob that another image pushed is not there until it is mounted.
 */
export class RepositoryIndex {
  readonly #entries = new Map<string, ImageEntry>();

  constructor(state: readonly ImageState[] = []) {
    for (const { repositoryId, image, tags, manifests, blobs } of state) {
      this.#entries.set(keyOf({ repositoryId, image }), {
        repositoryId,
        image,
        tags: new Map(tags),
        manifests: new Map(manifests),
        blobs: new Set(blobs),
      });
    }
  }

  toJSON(): ImageState[] {
    return [...this.#entries.values()].map(({ repositoryId, image, tags, manifests, blobs }) => ({
      repositoryId,
      image,
      tags: [...tags],
      manifests: [...manifests],
      blobs: [...blobs],
    }));
  }

  hasBlob(name: ImageName, digest: string): boolean {
    return this.#entries.get(keyOf(name))?.blobs.has(digest) === true;
  }

  addBlob(name: ImageName, digest: string): void {
    this.#entry(name).blobs.add(digest);
  }

  addManifest(
    name: ImageName,
    manifest: {
      readonly digest: string;
      readonly mediaType: string;
      readonly tag: string | undefined;
    },
  ): void {
    const entry = this.#entry(name);
    entry.manifests.set(manifest.digest, manifest.mediaType);
    if (manifest.tag !== undefined) entry.tags.set(manifest.tag, manifest.digest);
  }

  /** The manifest of a tag or digest, when the image has it. */
  manifest(
    name: ImageName,
    reference: string,
  ): { readonly digest: string; readonly mediaType: string } | undefined {
    const entry = this.#entries.get(keyOf(name));
    const digest = entry?.tags.get(reference) ?? reference;
    const mediaType = entry?.manifests.get(digest);
    return mediaType === undefined ? undefined : { digest, mediaType };
  }

  tags(name: ImageName): string[] {
    return [...(this.#entries.get(keyOf(name))?.tags.keys() ?? [])].toSorted();
  }

  /** All manifests and blobs that some image has. */
  digests(): Set<string> {
    const images = [...this.#entries.values()];
    return new Set(images.flatMap(({ manifests, blobs }) => [...manifests.keys(), ...blobs]));
  }

  /** Forgets the images of repositories that are no more. */
  keepOnly(isAlive: (repositoryId: string) => boolean): void {
    for (const [key, { repositoryId }] of this.#entries) {
      if (!isAlive(repositoryId)) this.#entries.delete(key);
    }
  }

  #entry({ repositoryId, image }: ImageName): ImageEntry {
    const key = keyOf({ repositoryId, image });
    const found = this.#entries.get(key);
    if (found !== undefined) return found;
    const made = {
      repositoryId,
      image,
      tags: new Map(),
      manifests: new Map(),
      blobs: new Set<string>(),
    };
    this.#entries.set(key, made);
    return made;
  }
}

/** Neither part can have a line break in it. */
function keyOf({ repositoryId, image }: ImageName): string {
  return `${repositoryId}\n${image}`;
}
