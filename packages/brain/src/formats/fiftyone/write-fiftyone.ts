import { join } from "node:path";
import { newObjectId } from "../../base/object-id.ts";
import type { FieldInfo, FieldValue } from "../../schema/field.ts";
import type { Label } from "../../schema/labels.ts";
import type { ImageMetadata, Sample } from "../../schema/sample.ts";
import type { WriteTarget } from "../dataset-format.ts";
import type { MediaMode } from "../media-export.ts";
import { isLabel } from "../sample-labels.ts";
import { pathBelow, TextFile } from "../source-files.ts";
import {
  binary,
  date,
  type ExtendedJson,
  type ExtendedObject,
  integer,
  objectId,
} from "./extended-json.ts";
import { classOf, documentOfField } from "./fiftyone-field.ts";
import { documentOfLabel } from "./fiftyone-label.ts";
import { encodeNumpy } from "./numpy-array.ts";

/** The version of FiftyOne whose files ours are like. Later ones read them too. */
const version = "1.22.1";

/** Writes what FiftyOne imports as `FiftyOneDataset`. Ids stay. */
export async function writeFiftyOne(
  samples: AsyncIterable<Sample>,
  target: WriteTarget,
): Promise<void> {
  const datasetId = newObjectId();
  const embedded = new Map<string, string>();
  let createdAt: Date | undefined;
  const file = await TextFile.create(join(target.folder, "samples.json"));
  try {
    await file.write('{"samples": [');
    let isFirst = true;
    for await (const sample of samples) {
      const document = await documentOf(sample, datasetId, target);
      for (const [name, value] of Object.entries(document)) {
        const type = classOf(value);
        if (type !== undefined) embedded.set(name, type);
      }
      await file.write(`${isFirst ? "\n" : ",\n"}${JSON.stringify(document)}`);
      isFirst = false;
      createdAt ??= sample.createdAt;
    }
    await file.write("\n]}\n");
  } finally {
    await file.close();
  }
  const metadata = metadataOf(target, { datasetId, embedded, createdAt: createdAt ?? new Date(0) });
  const metadataFile = await TextFile.create(join(target.folder, "metadata.json"));
  await metadataFile.write(`${JSON.stringify(metadata)}\n`).finally(() => metadataFile.close());
}

async function documentOf(
  sample: Sample,
  datasetId: string,
  target: WriteTarget,
): Promise<ExtendedObject> {
  const { id, filepath, tags, metadata, createdAt, lastModifiedAt, ...fields } = sample;
  const { path } = await target.media.add(filepath, "data");
  const document: Record<string, ExtendedJson> = {
    _id: objectId(id),
    filepath: pathBelow("data", path),
    tags,
    _media_type: "image",
    // FiftyOne shuffles by it; any number from 0 to 1.
    _rand: Number.parseInt(id.slice(-8), 16) / 2 ** 32,
    _dataset_id: objectId(datasetId),
    created_at: date(createdAt),
    last_modified_at: date(lastModifiedAt),
    ...(metadata === undefined ? {} : { metadata: documentOfMetadata(metadata) }),
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    if (target.fields !== undefined && !target.fields.includes(name)) continue;
    // Only metadata is none, and it was taken out.
    document[name] = await documentOfValue(name, value as Exclude<FieldValue, null>, target);
  }
  return document;
}

function documentOfMetadata(metadata: ImageMetadata): ExtendedObject {
  const { sizeBytes, mimeType, width, height, numChannels } = metadata;
  return {
    _cls: "ImageMetadata",
    size_bytes: sizeBytes ?? null,
    mime_type: mimeType ?? null,
    width: width ?? null,
    height: height ?? null,
    num_channels: numChannels ?? null,
  };
}

async function documentOfValue(
  name: string,
  value: Exclude<FieldValue, null>,
  target: WriteTarget,
): Promise<ExtendedJson> {
  if (value instanceof Date) return date(value);
  if (value instanceof Float32Array) return binary(encodeNumpy("f4", [value.length], value));
  if (isLabel(value)) {
    return documentOfLabel(await withMedia(name, value, target), target.drop);
  }
  if (typeof value === "number" && Number.isInteger(value)) return integer(value);
  if (typeof value === "bigint") return integer(value);
  if (Array.isArray(value)) {
    return value.map((element: unknown) => {
      if (element instanceof Date) return date(element);
      return typeof element === "bigint" ? integer(element) : (element as ExtendedJson);
    });
  }
  // The other values of fields are JSON.
  return value as ExtendedJson;
}

/** Masks that are files go along with the images; they are never moved away. */
async function withMedia(name: string, label: Label, target: WriteTarget): Promise<Label> {
  if (label.type !== "Segmentation" || label.maskPath === undefined) return label;
  const subfolder = `fields/${name}`;
  const { mode } = target.media;
  const maskMode: MediaMode = mode === "move" ? "copy" : mode;
  const { path } = await target.media.add(label.maskPath, subfolder, maskMode);
  return { ...label, maskPath: pathBelow(subfolder, path) };
}

function metadataOf(
  target: WriteTarget,
  found: {
    readonly datasetId: string;
    readonly embedded: ReadonlyMap<string, string>;
    readonly createdAt: Date;
  },
): ExtendedObject {
  const { description, datasetName } = target;
  const standard: readonly FieldInfo[] = [
    { name: "filepath", type: "string" },
    { name: "tags", type: "list", elementType: "string" },
    { name: "metadata", type: "dict" },
    { name: "created_at", type: "datetime" },
    { name: "last_modified_at", type: "datetime" },
  ];
  const own = (description.fields ?? []).filter(
    ({ name }) => target.fields === undefined || target.fields.includes(name),
  );
  const idField = documentOfField({ name: "id", type: "string" });
  const sampleFields = [...standard, ...own].map((field) => {
    const embedded = field.name === "metadata" ? "ImageMetadata" : found.embedded.get(field.name);
    return documentOfField(field, embedded === undefined ? {} : { embedded });
  });
  return {
    _id: objectId(found.datasetId),
    name: datasetName,
    slug: datasetName.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
    version,
    created_at: date(found.createdAt),
    last_modified_at: date(found.createdAt),
    sample_collection_name: `samples.${found.datasetId}`,
    persistent: false,
    media_type: "image",
    group_media_types: {},
    tags: [...(description.tags ?? [])],
    description: description.description ?? null,
    info: { ...description.info },
    app_config: {},
    classes: {},
    default_classes: [...(description.classes ?? [])],
    mask_targets: {},
    default_mask_targets: {},
    skeletons: {},
    sample_fields: [{ ...idField, ftype: "fiftyone.core.fields.ObjectIdField" }, ...sampleFields],
    frame_fields: [],
    saved_views: [],
    workspaces: [],
    annotation_runs: {},
    brain_methods: {},
    evaluations: {},
    runs: {},
  };
}
