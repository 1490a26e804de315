import { join } from "node:path";
import type { FieldValue } from "../../schema/field.ts";
import type { JsonValue } from "../../schema/labels.ts";
import type { Sample } from "../../schema/sample.ts";
import type { WriteTarget } from "../dataset-format.ts";
import { pathBelow, TextFile } from "../source-files.ts";
import { jsonOfValue } from "./json-field-value.ts";
import { jsonlVersion } from "./read-jsonl.ts";

/** Writes `samples.jsonl` and `data/`: everything that is known of the samples. */
export async function writeJsonl(
  samples: AsyncIterable<Sample>,
  target: WriteTarget,
): Promise<void> {
  const file = await TextFile.create(join(target.folder, "samples.jsonl"));
  try {
    const header = { redkite: "dataset", version: jsonlVersion, dataset: target.description };
    await file.write(`${JSON.stringify(header)}\n`);
    for await (const sample of samples) {
      const { path } = await target.media.add(sample.filepath, "data");
      const filepath = pathBelow("data", path);
      await file.write(`${JSON.stringify(jsonOf(sample, filepath, target))}\n`);
    }
  } finally {
    await file.close();
  }
}

function jsonOf(sample: Sample, filepath: string, target: WriteTarget): JsonValue {
  const { id, tags, metadata, createdAt, lastModifiedAt, filepath: _, ...rest } = sample;
  const json: Record<string, JsonValue> = {
    id,
    filepath,
    tags,
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
    createdAt: createdAt.toISOString(),
    lastModifiedAt: lastModifiedAt.toISOString(),
  };
  for (const [field, value] of Object.entries(rest)) {
    if (value === undefined || value === null) continue;
    if (target.fields !== undefined && !target.fields.includes(field)) continue;
    // Only metadata is none, and it was taken out.
    json[field] = jsonOfValue(value as FieldValue);
  }
  return json;
}
