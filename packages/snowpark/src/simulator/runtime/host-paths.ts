import { access } from "node:fs/promises";
import { join } from "node:path";
import { insideRoot } from "./inside-root.ts";

/** A folder of this machine that a container sees at a path of its own. */
export interface FolderMapping {
  readonly containerPath: string;
  readonly hostPath: string;
}

/**
 * What paths of a container are on this machine. Containers run without `chroot`, so paths in their arguments and
 * variables are rewritten: those under a mount become the volume's folder, others that the image has become the
 * image's. The rest is left as it is.
 */
export class HostPaths {
  readonly #root: string;
  readonly #mappings: readonly FolderMapping[];

  constructor(root: string, mappings: readonly FolderMapping[]) {
    this.#root = root;
    // The innermost mount decides.
    this.#mappings = mappings.toSorted((a, b) => b.containerPath.length - a.containerPath.length);
  }

  /** Where a path is, or `undefined` when neither a mount nor the image has it. */
  async find(path: string): Promise<string | undefined> {
    for (const { containerPath, hostPath } of this.#mappings) {
      if (path === containerPath) return hostPath;
      if (path.startsWith(`${containerPath}/`)) {
        return insideRoot(hostPath, path.slice(containerPath.length), { followLast: true });
      }
    }
    if (path === "/") return this.#root;
    const inside = await insideRoot(this.#root, path, { followLast: true });
    return (await isThere(inside)) ? inside : undefined;
  }

  /** A text with the paths in it rewritten: one path, several behind colons, or one behind `--option=`. */
  async rewrite(text: string): Promise<string> {
    const option = /^(-{1,2}[^=/]+=)(\/.*)$/s.exec(text);
    if (option !== null) return `${option[1]}${await this.rewrite(option[2] ?? "")}`;
    if (!text.startsWith("/")) return text;
    const parts = await Promise.all(
      text
        .split(":")
        .map(async (part) => (part.startsWith("/") ? await this.find(part) : undefined) ?? part),
    );
    return parts.join(":");
  }

  /** Where the image looks for programs: `PATH` as folders of this machine. */
  programFolders(path: string): string[] {
    return path
      .split(":")
      .filter((folder) => folder.startsWith("/"))
      .map((folder) => join(this.#root, folder));
  }
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
