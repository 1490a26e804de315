import { join } from "node:path";
import type { NewSample, Sample } from "../../schema/sample.ts";
import type { DatasetFormat, ReadResult, ReadSource, WriteTarget } from "../dataset-format.ts";
import { isImageName, listFilesBelow } from "../source-files.ts";

/** A folder of images, and nothing else. */
export const imageDirectoryFormat: DatasetFormat = {
  name: "image-directory",
  summary: "A folder of images, and of folders of images, without labels",
  labelKinds: [],
  hasSplits: false,
  read: async (source) => ({ description: {}, samples: readImages(source) }) satisfies ReadResult,
  write: writeImages,
};

async function* readImages(source: ReadSource): AsyncGenerator<NewSample> {
  const folder = source.dataPath ?? source.path;
  for (const name of (await listFilesBelow(folder)).filter(isImageName)) {
    source.log.throwIfCancelled();
    yield { filepath: join(folder, name) };
  }
}

async function writeImages(samples: AsyncIterable<Sample>, target: WriteTarget): Promise<void> {
  for await (const sample of samples) {
    await target.media.add(sample.filepath, ".");
    if (sample.tags.length > 0) target.drop("tags of samples");
  }
}
