import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll } from "vitest";
import type {
  DatasetFormat,
  FormatName,
  ReadSource,
  WriteTarget,
} from "../../src/formats/dataset-format.ts";
import { formatNamed } from "../../src/formats/format-table.ts";
import { ImportLog } from "../../src/formats/import-log.ts";
import { MediaExport } from "../../src/formats/media-export.ts";
import { readImageMetadata } from "../../src/media/image-size.ts";
import type { NewSample, Sample } from "../../src/schema/sample.ts";

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A new empty folder, removed after the tests of the file. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "redkite-formats-"));
  folders.push(folder);
  return folder;
}

/** Makes a PNG of one colour; answers its path. */
export async function makeImage(path: string, width: number, height: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background: "#4080c0" } })
    .png()
    .toFile(path);
  return path;
}

/** What a reader gives, with its log. */
export async function readAll(
  name: FormatName,
  path: string,
  source: Partial<ReadSource> & { readonly skipInvalid?: boolean } = {},
) {
  const { skipInvalid = false, ...rest } = source;
  const log = new ImportLog({ skipInvalid });
  const format: DatasetFormat = formatNamed(name);
  const [kind] = format.labelKinds;
  const { description, samples } = await format.read({
    path,
    labelFields: kind === undefined ? {} : { [kind]: "ground_truth" },
    includeId: false,
    requireMedia: true,
    measureImage: readImageMetadata,
    log,
    ...rest,
  });
  const read: NewSample[] = [];
  for await (const sample of samples) read.push(sample);
  return { description, samples: read, log };
}

/** Writes samples with a format's writer into a new folder; answers it and what was dropped. */
export async function writeAll(
  name: FormatName,
  samples: readonly Sample[],
  target: Partial<WriteTarget> & { readonly mode?: "copy" | false } = {},
) {
  const folder = await newFolder();
  const dropped: Record<string, number> = {};
  const { mode = false, ...rest } = target;
  const format = formatNamed(name);
  const [kind] = format.labelKinds;
  await format.write(each(samples), {
    folder,
    labelFields: kind === undefined ? {} : { [kind]: "ground_truth" },
    description: {},
    datasetName: "test",
    media: new MediaExport(folder, { mode }),
    measureImage: readImageMetadata,
    drop: (what, count = 1) => {
      dropped[what] = (dropped[what] ?? 0) + count;
    },
    ...rest,
  });
  return { folder, dropped };
}

async function* each<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

let made = 0;

/** A sample with all that it must have. */
export function sampleOf(fields: NewSample): Sample {
  made++;
  return {
    id: made.toString(16).padStart(24, "0"),
    createdAt: new Date(0),
    lastModifiedAt: new Date(0),
    ...fields,
    tags: [...(fields.tags ?? [])],
  };
}
