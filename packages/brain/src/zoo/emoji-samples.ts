import { join } from "node:path";
import { messageOf } from "../base/brain-error.ts";
import { problemError } from "../formats/import-log.ts";
import { kindOfPath, readTextFile } from "../formats/source-files.ts";
import type { NewSample } from "../schema/sample.ts";

/** The packages with the pictures, the better licence first. */
export const emojiPackages: readonly string[] = [
  "emoji-datasource-google",
  "emoji-datasource-twitter",
];

/** An entry of the package's `emoji.json`. */
interface Emoji {
  readonly name: string | null;
  readonly short_name: string;
  readonly unified: string;
  readonly image: string;
  readonly category: string;
  readonly subcategory: string;
}

/** The emoji of a package's folder, with their groups as classes. Pictures stay in the package. */
export async function* readEmoji(folder: string): AsyncGenerator<NewSample> {
  const set = /emoji-datasource-(\w+)/.exec(folder)?.[1] ?? "google";
  const images = join(folder, "img", set, "64");
  const file = join(folder, "emoji.json");
  for (const emoji of parse(await readTextFile(file), file)) {
    const filepath = join(images, emoji.image);
    if ((await kindOfPath(filepath)) !== "file") continue;
    const points = emoji.unified.split("-").map((hex) => Number.parseInt(hex, 16));
    yield {
      filepath,
      ground_truth: { type: "Classification", label: emoji.category },
      name: (emoji.name ?? emoji.short_name).toLowerCase(),
      subgroup: emoji.subcategory,
      emoji: String.fromCodePoint(...points),
    };
  }
}

function parse(text: string, file: string): Emoji[] {
  try {
    // The package's own list; what is missing in it shows as a sample that the dataset refuses.
    return JSON.parse(text) as Emoji[];
  } catch (error) {
    throw problemError({ file, message: `not JSON: ${messageOf(error)}` });
  }
}
