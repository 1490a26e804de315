import { createHash } from "node:crypto";
import type { InstalledReadme } from "./installed-readmes.ts";
import { chunkMarkdown } from "./markdown-chunks.ts";

/** A passage of a README. */
export interface Passage {
  /** A hash of all the rest: the same passage has the same id on each run. */
  readonly id: string;
  readonly packageName: string;
  readonly heading: string;
  readonly text: string;
}

/** All passages of the READMEs: the first of each, then the second of each, and so on. */
export function passagesOf(readmes: readonly InstalledReadme[]): Passage[] {
  const documents = readmes.map(({ packageName, markdown }) => ({
    packageName,
    chunks: chunkMarkdown(markdown),
  }));
  const passages = new Map<string, Passage>();
  const depth = Math.max(0, ...documents.map(({ chunks }) => chunks.length));
  for (let i = 0; i < depth; i++) {
    for (const { packageName, chunks } of documents) {
      if (i >= chunks.length) continue;
      const { heading, text } = chunks[i];
      const passage = { packageName, heading: heading === "" ? packageName : heading, text };
      const id = createHash("sha256").update(JSON.stringify(passage)).digest("hex").slice(0, 32);
      passages.set(id, { id, ...passage });
    }
  }
  return [...passages.values()];
}
