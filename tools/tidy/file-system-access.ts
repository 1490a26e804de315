import type { Problem } from "./problem.ts";
import type { Repository } from "./repository.ts";

/** Who may touch the disk, and why. */
const allowed: readonly { readonly path: RegExp; readonly why: string }[] = [
  {
    path: /^packages\/engine\/src\/storage\/node-file-system\.ts$/,
    why: "implements the FileSystem interface on Node",
  },
  {
    path: /^packages\/milvus\/src\/client\/real-path\.ts$/,
    why: "tells whether two paths are one directory",
  },
  { path: /^packages\/[^/]+\/(?:bin|src\/cli)\//, why: "the command line reads what users name" },
  {
    path: /^packages\/redkite\/src\/demo\/installed-readmes\.ts$/,
    why: "reads the README files of node_modules",
  },
  {
    path: /^packages\/brain\/src\/dataset\/dataset-folders\.ts$/,
    why: "makes, finds and removes the folders of datasets",
  },
  {
    path: /^packages\/brain\/src\/(?:media|formats|zoo|models)\//,
    why: "reads and writes the images, labels and models that users name",
  },
  {
    path: /^packages\/snowpark\/src\/(?:config|session|script|oci|images|simulator)\//,
    why: "reads what users name, builds images from files, keeps a simulated account",
  },
  { path: /^packages\/snowpark\/images\//, why: "programs that run inside of images" },
  { path: /^packages\/[^/]+\/test\//, why: "tests make folders and look into them" },
  { path: /^(?:tools|bench|conformance)\//, why: "programs for developers" },
];

/**
 * All disk access goes through the FileSystem interface, so that tests can lose, tear and refuse
 * writes. A file that goes around it goes around those tests.
 */
export function checkFileSystemAccess(repository: Repository): Problem[] {
  const problems: Problem[] = [];
  for (const file of repository.values()) {
    if (!file.isCode || allowed.some(({ path }) => path.test(file.path))) continue;
    for (const { offset, specifier } of file.imports) {
      if (!/^(?:node:)?fs(?:\/|$)/.test(specifier)) continue;
      problems.push({
        path: file.path,
        line: file.lineAt(offset),
        rule: `"${specifier}" is imported outside the files that may touch the disk`,
        remedy: "Take a FileSystem as a parameter (list: tools/tidy/file-system-access.ts)",
      });
    }
  }
  return problems;
}
