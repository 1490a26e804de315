import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { BrainError } from "../base/brain-error.ts";
import type { LongOperationOptions } from "../base/progress.ts";
import { kindOfPath } from "../formats/source-files.ts";
import { downloadFile } from "./download-file.ts";
import { unpackZip } from "./unpack-zip.ts";

/** Where FiftyOne's zoo has its quickstart: an archive of 23.4 MB. */
export const quickstartUrl =
  "https://drive.usercontent.google.com/download?id=1UWTlFmdq8H-wdJHxVsAKpXBilY1CWwm_&export=download&confirm=t";

const archiveBytesMax = 200 << 20;
const unpackedBytesMax = 400 << 20;
const entriesMax = 10_000;

/**
 * Downloads FiftyOne's quickstart into the zoo's folder, and answers where it is. Nothing but a part of
 * the download remains of an attempt that fails.
 *
 * @throws {BrainError} `server-unreachable`, `format-invalid`, `limit-exceeded`, `cancelled`.
 */
export async function downloadQuickstart(
  zooFolder: string,
  url: string,
  options: LongOperationOptions,
): Promise<string> {
  const { signal } = options;
  const archive = join(zooFolder, "quickstart.zip");
  await downloadFile({ ...options, url, path: archive, bytesMax: archiveBytesMax });
  const beside = await mkdtemp(join(zooFolder, "quickstart-"));
  try {
    const unpacked = join(beside, "unpacked");
    await unpackZip(archive, unpacked, {
      entriesMax,
      bytesMax: unpackedBytesMax,
      ...(signal === undefined ? {} : { signal }),
    });
    const found = join(unpacked, "quickstart");
    if ((await kindOfPath(join(found, "samples.json"))) !== "file") {
      throw new BrainError(
        "format-invalid",
        `Cannot use what ${url} has: expected quickstart/samples.json in it`,
        { details: { url } },
      );
    }
    const folder = join(zooFolder, "quickstart");
    // What is there has no samples: it would have been taken.
    await rm(folder, { recursive: true, force: true });
    await rename(found, folder);
    return folder;
  } finally {
    // An archive that is no good is not tried again.
    await rm(archive, { force: true });
    await rm(beside, { recursive: true, force: true });
  }
}
