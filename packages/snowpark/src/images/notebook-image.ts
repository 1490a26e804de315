import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SnowparkError } from "../base/snowpark-error.ts";
import { buildImage } from "../oci/build-image.ts";
import type { RunConfig } from "../oci/image.ts";
import { parseReference } from "../oci/image-reference.ts";
import { fileEntry, fingerprintOf, type LayerEntry, textEntry } from "../oci/layer-entry.ts";
import { registryImage } from "../oci/registry-image.ts";
import { cachedLayer } from "./cached-layer.ts";
import {
  type BuildOptions,
  containerPorts,
  type ImageDefinition,
  portVariablesLabel,
} from "./image-definition.ts";
import { packageFile } from "./package-file.ts";
import { type Wheel, wheelEntries } from "./wheel-entries.ts";

export interface NotebookImageOptions {
  /** Redkite's version, for the tag. */
  readonly version: string;
  /**
   * What lies below: an image of Jupyter's docker-stacks with Python 3.13, `none` for the simulator, which runs the
   * notebook with this machine's Jupyter. Default: {@link jupyterImage}.
   */
  readonly base?: string | "none";
  /** Where wheels come from. Default: PyPI. */
  readonly wheelIndex?: string;
}

/** Jupyter's own image, by a tag that is not moved. */
export const jupyterImage = "quay.io/jupyter/base-notebook:x86_64-2026-08-24";

const pypi = "https://pypi.org/simple";
/** Of the user of Jupyter's images. */
const homeFolder = "home/jovyan";
const workFolder = `/${homeFolder}/work`;
const ownFolder = "opt/redkite";
const pythonFolder = `${ownFolder}/python`;

/** The Python of the base image, whose packages ours lie behind: what both have is taken from the base. */
const sitePackages = "opt/conda/lib/python3.13/site-packages";

/**
 * Jupyter with pymilvus, a small model for sentences that needs no network, and the notebooks. Work is kept in the data
 * folder, where a stage or a volume is mounted.
 */
export async function notebookImage(options: NotebookImageOptions): Promise<ImageDefinition> {
  const { version, base = jupyterImage, wheelIndex = pypi } = options;
  const isBare = base === "none";
  const wheels = isBare ? [] : await pinnedWheels();
  const own = await ownEntries(!isBare);
  const run = runConfig(version);
  const identity = JSON.stringify([base, wheels, await fingerprintOf(own), run]);
  const packages = (build: BuildOptions): Promise<readonly LayerEntry[]> =>
    wheelEntries(wheels, pythonFolder, { ...build, wheelIndex });
  return {
    name: "redkite-notebook",
    tag: `${version}-${createHash("sha256").update(identity).digest("hex").slice(0, 12)}`,
    dataFolder: workFolder,
    // The user `jovyan` and the group `users` of Jupyter's images.
    owner: { uid: 1_000, gid: 100 },
    build: async (build) => {
      const below = isBare ? undefined : await registryImage(parseReference(base), build);
      const layers = [
        ...(isBare ? [] : [await cachedLayer("packages of Python", await packages(build), build)]),
        await cachedLayer("notebooks", own, build),
      ];
      return buildImage({ ...(below === undefined ? {} : { base: below }), layers, run });
    },
    recipe: {
      from: isBare ? "scratch" : base,
      entries: async (build) => [...(await packages(build)), ...own],
      run,
    },
  };
}

async function ownEntries(hasPython: boolean): Promise<LayerEntry[]> {
  const script = packageFile("images/start-notebook.sh");
  const notebook = packageFile("notebooks/TestMilvus.ipynb");
  return [
    await fileEntry(`${ownFolder}/start-notebook.sh`, script, 0o755),
    await fileEntry(`${ownFolder}/notebooks/TestMilvus.ipynb`, notebook),
    ...(hasPython ? [textEntry(`${sitePackages}/redkite.pth`, `/${pythonFolder}\n`)] : []),
  ];
}

async function pinnedWheels(): Promise<readonly Wheel[]> {
  const file = packageFile("images/notebook-wheels.json");
  const { wheels }: { wheels?: readonly Wheel[] } = JSON.parse(await readFile(file, "utf8"));
  if (wheels !== undefined) return wheels;
  throw new SnowparkError("image-failed", `${file} lists no wheels`);
}

function runConfig(version: string): RunConfig {
  const { notebook } = containerPorts;
  return {
    Entrypoint: ["/bin/sh", `/${ownFolder}/start-notebook.sh`],
    WorkingDir: "/",
    Env: [
      `NOTEBOOK_FOLDER=${workFolder}`,
      `NOTEBOOK_SOURCES=/${ownFolder}/notebooks`,
      "NOTEBOOK_HOST=0.0.0.0",
      "NOTEBOOK_PROGRAM=lab",
      `JUPYTER_PORT=${notebook}`,
      "MILVUS_URI=http://milvus:19530",
    ],
    ExposedPorts: { [`${notebook}/tcp`]: {} },
    Labels: {
      "org.opencontainers.image.title": "redkite-notebook",
      "org.opencontainers.image.version": version,
      [portVariablesLabel]: JSON.stringify({ [notebook]: "JUPYTER_PORT" }),
    },
  };
}
