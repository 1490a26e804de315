import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ContainerStart } from "../account/surroundings.ts";
import type { FolderMapping } from "./host-paths.ts";
import { insideRoot } from "./inside-root.ts";

/** The folder of a stage's files on this machine. */
export interface StageFolders {
  folderOf(stageId: string): string;
}

/** Folders on this machine that stand for volumes, snapshots and what a container has for itself. */
export class ContainerFolders {
  readonly #folder: string;
  readonly #stages: StageFolders;

  constructor(folder: string, stages: StageFolders) {
    this.#folder = folder;
    this.#stages = stages;
  }

  /** The mounts and secret files of a container, all of them there. */
  async mappings(start: ContainerStart): Promise<FolderMapping[]> {
    const mappings: FolderMapping[] = [];
    for (const mount of start.mounts) {
      const hostPath = await this.#mountFolder(start, mount);
      await mkdir(hostPath, { recursive: true });
      mappings.push({ containerPath: withoutEndSlash(mount.mountPath), hostPath });
    }
    const secrets = join(this.ownFolder(start), "secrets");
    await rm(secrets, { recursive: true, force: true });
    for (const { path, content } of start.secretFiles) {
      const file = await insideRoot(secrets, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: 0o600 });
      mappings.push({ containerPath: dirname(path), hostPath: dirname(file) });
    }
    return mappings;
  }

  #mountFolder(
    start: ContainerStart,
    { volume, source }: ContainerStart["mounts"][number],
  ): string | Promise<string> {
    if (source.kind === "block") return this.#volume(source.volumeId);
    if (source.kind === "stage") {
      return insideRoot(this.#stages.folderOf(source.stage), source.path, { followLast: true });
    }
    return join(this.#instanceFolder(start), "volumes", encodeURIComponent(volume));
  }

  /** What a container has for itself: its home, its temporary files, its secrets. */
  ownFolder(start: ContainerStart): string {
    return join(this.#instanceFolder(start), encodeURIComponent(start.container));
  }

  /** Removes what an instance's containers had for themselves, secrets first of all. */
  async removeOwn(start: ContainerStart): Promise<void> {
    await rm(this.ownFolder(start), { recursive: true, force: true });
  }

  #instanceFolder({ serviceId, instance }: ContainerStart): string {
    return join(this.#folder, "containers", `${serviceId}-${instance}`);
  }

  async takeSnapshot(volumeId: string, snapshotId: string): Promise<void> {
    await copyFolder(this.#volume(volumeId), this.#snapshot(snapshotId));
  }

  async restoreSnapshot(snapshotId: string, volumeId: string): Promise<void> {
    await copyFolder(this.#snapshot(snapshotId), this.#volume(volumeId));
  }

  async removeVolume(volumeId: string): Promise<void> {
    await rm(this.#volume(volumeId), { recursive: true, force: true });
  }

  async removeSnapshot(snapshotId: string): Promise<void> {
    await rm(this.#snapshot(snapshotId), { recursive: true, force: true });
  }

  #volume(id: string): string {
    return join(this.#folder, "volumes", encodeURIComponent(id));
  }

  #snapshot(id: string): string {
    return join(this.#folder, "snapshots", encodeURIComponent(id));
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  // A volume that no container has used yet has no folder.
  await mkdir(from, { recursive: true });
  await cp(from, to, { recursive: true, preserveTimestamps: true });
}

function withoutEndSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}
