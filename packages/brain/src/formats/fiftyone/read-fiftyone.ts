import { isAbsolute, join, resolve } from "node:path";
import { BrainError, messageOf } from "../../base/brain-error.ts";
import type { FieldInfo, FieldValue } from "../../schema/field.ts";
import type { JsonValue, Label } from "../../schema/labels.ts";
import type { ImageMetadata, NewSample } from "../../schema/sample.ts";
import type { DatasetDescription, ReadResult, ReadSource } from "../dataset-format.ts";
import { type ImportLog, problemError } from "../import-log.ts";
import { readJsonParts } from "../json-parts.ts";
import { MediaFolder } from "../media-folder.ts";
import { readChunks, readTextFile } from "../source-files.ts";
import {
  binaryIn,
  dateIn,
  type ExtendedJson,
  type ExtendedObject,
  idIn,
  isObject,
  numberIn,
  parseExtendedJson,
  plainJson,
} from "./extended-json.ts";
import { fieldOfDocument, standardFieldNames } from "./fiftyone-field.ts";
import { labelOfDocument } from "./fiftyone-label.ts";
import { decodeNumpy } from "./numpy-array.ts";

/** What FiftyOne keeps with a dataset that has no place in ours. */
const leftOut = "saved_views workspaces annotation_runs brain_methods evaluations runs".split(" ");

/** What every sample has of MongoDB's and FiftyOne's own. */
const ownKeys: ReadonlySet<string> = new Set(
  "_id _media_type _rand _dataset_id filepath tags metadata created_at last_modified_at".split(" "),
);

/**
 * Reads what FiftyOne exports as `FiftyOneDataset`: `metadata.json`, `samples.json` and the files
 * that they name. Ids stay.
 */
export async function readFiftyOne(source: ReadSource): Promise<ReadResult> {
  const { path, log } = source;
  const file = join(path, "metadata.json");
  const metadata = parseMetadata(await readTextFile(file), file);
  const mediaType = metadata["media_type"];
  if (mediaType !== "image" && mediaType !== null && mediaType !== undefined) {
    throw new BrainError(
      "unsupported",
      `Cannot import ${path}: it is a dataset of media type ${JSON.stringify(mediaType)}, not of images`,
      { details: { path, mediaType } },
    );
  }
  for (const name of leftOut) {
    const value = metadata[name];
    const count = isObject(value)
      ? Object.keys(value).length
      : Array.isArray(value)
        ? value.length
        : 0;
    if (count > 0) log.ignore(name.replaceAll("_", " "), count);
  }
  const fields = fieldsIn(metadata);
  return { description: describe(metadata, fields), samples: samplesOf(fields, source) };
}

function parseMetadata(text: string, file: string): ExtendedObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    throw problemError({ file, message: `not JSON: ${messageOf(error)}` });
  }
  throw problemError({ file, message: "expected an object" });
}

function fieldsIn(metadata: ExtendedObject): FieldInfo[] {
  const documents = metadata["sample_fields"];
  if (!Array.isArray(documents)) return [];
  return documents
    .filter(isObject)
    .filter(({ name }) => !standardFieldNames.has(String(name)) && !String(name).startsWith("_"))
    .flatMap((document) => fieldOfDocument(document) ?? []);
}

function describe(metadata: ExtendedObject, fields: readonly FieldInfo[]): DatasetDescription {
  const { description, tags, info, default_classes: classes } = metadata;
  return {
    fields,
    ...(typeof description === "string" ? { description } : {}),
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
    ...(isObject(info) ? { info: plainJson(info) as Readonly<Record<string, JsonValue>> } : {}),
    ...(Array.isArray(classes) && classes.length > 0 ? { classes: classes.map(String) } : {}),
  };
}

async function* samplesOf(
  fields: readonly FieldInfo[],
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const file = source.labelsPath ?? join(source.path, "samples.json");
  const folder = source.dataPath ?? source.path;
  const media = await MediaFolder.open(folder);
  const known = new Map(fields.map((field) => [field.name, field]));
  for await (const part of readJsonParts(file, readChunks(file), parseExtendedJson)) {
    source.log.throwIfCancelled();
    if (part.key !== "samples") {
      source.log.ignore(`"${part.key}" of samples.json`, part.values.length);
      continue;
    }
    for (const [index, value] of part.values.entries()) {
      try {
        yield await sampleOf(value, media, known, source);
      } catch (error) {
        source.log.reject({ file, line: part.lineOf(index), message: messageOf(error) });
      }
    }
  }
}

async function sampleOf(
  value: unknown,
  media: MediaFolder,
  known: ReadonlyMap<string, FieldInfo>,
  source: ReadSource,
): Promise<NewSample> {
  if (!isObject(value) || typeof value["filepath"] !== "string") {
    throw new BrainError("format-invalid", "expected a sample with a filepath");
  }
  const { filepath, exists } = await media.find(value["filepath"]);
  if (!exists && source.requireMedia) {
    throw new BrainError("file-not-found", `${filepath} does not exist`);
  }
  const fields: Record<string, FieldValue> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (ownKeys.has(name) || inner === null) continue;
    if (name.startsWith("_")) source.log.ignore(`"${name}" of samples`);
    else fields[name] = fieldValueOf(inner, known.get(name), { media, log: source.log });
  }
  const { tags } = value;
  const id = idIn(value["_id"]);
  const metadata = metadataOf(value["metadata"], source.log);
  const createdAt = dateIn(value["created_at"]);
  const lastModifiedAt = dateIn(value["last_modified_at"]);
  return {
    ...fields,
    filepath,
    tags: Array.isArray(tags) ? tags.map(String) : [],
    ...(id === undefined ? {} : { id }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(lastModifiedAt === undefined ? {} : { lastModifiedAt }),
  };
}

/** FiftyOne's metadata may have nothing but a width and a height, and then still be of use. */
function metadataOf(value: ExtendedJson | undefined, log: ImportLog): ImageMetadata | undefined {
  if (!isObject(value)) return undefined;
  const width = numberIn(value["width"]);
  const height = numberIn(value["height"]);
  if (width === undefined || height === undefined) {
    log.ignore("metadata without a width and a height");
    return undefined;
  }
  const { mime_type: mimeType } = value;
  const sizeBytes = numberIn(value["size_bytes"]);
  const numChannels = numberIn(value["num_channels"]);
  return {
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(typeof mimeType === "string" ? { mimeType } : {}),
    width,
    height,
    ...(numChannels === undefined ? {} : { numChannels }),
  };
}

function fieldValueOf(
  value: ExtendedJson,
  field: FieldInfo | undefined,
  { media, log }: { readonly media: MediaFolder; readonly log: ImportLog },
): FieldValue {
  const moment = dateIn(value);
  if (moment !== undefined) return moment;
  if (isObject(value) && "_cls" in value) {
    const label = labelOfDocument(value, log);
    if (label !== undefined) return withMaskPath(label, media.path);
    // Of a type that we have not: as it is, so that an export gives it back.
    return value;
  }
  const base64 = binaryIn(value);
  if (base64 !== undefined) return vectorOf(value, base64, log);
  const id = idIn(value);
  if (id !== undefined) return id;
  if (field?.type === "list" && Array.isArray(value)) {
    if (field.elementType === "int") {
      return value.map((element) => longIn(element) ?? plainJson(element));
    }
    const moments = value.map(dateIn).filter((moment) => moment !== undefined);
    // A list that holds other things too is one of JSON, which has no dates.
    return moments.length === value.length ? moments : value.map(plainJson);
  }
  if (field?.type === "float") return plainJson(value);
  return longIn(value) ?? plainJson(value);
}

/** Integers that are named are exact beyond 2^53. */
function longIn(value: ExtendedJson): number | bigint | undefined {
  const text = isObject(value) ? value["$numberLong"] : undefined;
  if (typeof text !== "string") return undefined;
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

function vectorOf(value: ExtendedJson, base64: string, log: ImportLog): FieldValue {
  const { type, shape, values } = decodeNumpy(base64);
  // Of more dimensions: as it is.
  if (shape.length !== 1) return isObject(value) ? value : null;
  if (type === "f8") log.ignore("the precision of 64-bit vectors");
  return Float32Array.from(values);
}

function withMaskPath(label: Label, folder: string): Label {
  if (label.type !== "Segmentation" || label.maskPath === undefined) return label;
  const { maskPath } = label;
  return { ...label, maskPath: isAbsolute(maskPath) ? maskPath : resolve(folder, maskPath) };
}
