import { dirname, join } from "node:path";
import { messageOf } from "../../base/brain-error.ts";
import type { FieldInfo } from "../../schema/field.ts";
import type { JsonValue } from "../../schema/labels.ts";
import type { ImageMetadata, NewSample } from "../../schema/sample.ts";
import type { DatasetDescription, ReadResult, ReadSource } from "../dataset-format.ts";
import { problemError } from "../import-log.ts";
import { MediaFolder } from "../media-folder.ts";
import { kindOfPath, readLines } from "../source-files.ts";
import { valueOfJson } from "./json-field-value.ts";

/** The format's version, in its first line. A reader refuses later ones. */
export const jsonlVersion = 1;

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * Reads JSON lines: a first line about the dataset (which other programs' files have not), then a
 * sample a line.
 */
export async function readJsonl(source: ReadSource): Promise<ReadResult> {
  const { path } = source;
  const isFile = (await kindOfPath(path)) === "file";
  const file = source.labelsPath ?? (isFile ? path : join(path, "samples.jsonl"));
  const folder = isFile ? dirname(path) : path;
  const description = await readHeader(file);
  const dataPath = source.dataPath ?? folder;
  return { description, samples: samplesOf(file, dataPath, description, source) };
}

async function readHeader(file: string): Promise<DatasetDescription> {
  for await (const { line, text } of readLines(file)) {
    if (text.trim() === "") continue;
    const header = parseLine(text);
    if (typeof header === "string") throw problemError({ file, line, message: header });
    if (header["redkite"] !== "dataset") return {};
    if (header["version"] !== jsonlVersion) {
      const message = `expected version ${jsonlVersion}, found ${JSON.stringify(header["version"])}`;
      throw problemError({ file, line, message });
    }
    // Written by writeJsonl; the dataset checks what it is given.
    return header["dataset"] as DatasetDescription;
  }
  return {};
}

async function* samplesOf(
  file: string,
  dataPath: string,
  description: DatasetDescription,
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const media = await MediaFolder.open(dataPath);
  const fields = new Map((description.fields ?? []).map((field) => [field.name, field]));
  for await (const { line, text } of readLines(file)) {
    source.log.throwIfCancelled();
    if (text.trim() === "") continue;
    const parsed = parseLine(text);
    if (typeof parsed !== "string" && parsed["redkite"] === "dataset" && line === 1) continue;
    const sample =
      typeof parsed === "string" ? parsed : await sampleOf(parsed, media, fields, source);
    if (typeof sample === "string") source.log.reject({ file, line, message: sample });
    else yield sample;
  }
}

/** The line's object; a text says what is wrong. */
function parseLine(text: string): JsonObject | string {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as JsonObject;
    }
    return `expected an object, found ${text.slice(0, 80)}`;
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
}

async function sampleOf(
  json: JsonObject,
  media: MediaFolder,
  fields: ReadonlyMap<string, FieldInfo>,
  source: ReadSource,
): Promise<NewSample | string> {
  const { id, filepath: name, tags, metadata, createdAt, lastModifiedAt, ...rest } = json;
  if (typeof name !== "string" || name === "") {
    return `expected a filepath, found ${JSON.stringify(name)}`;
  }
  const { filepath, exists } = await media.find(name);
  if (!exists && source.requireMedia) return `${filepath} does not exist`;
  // Without a prototype, so that "__proto__" is a name as others are, which the dataset refuses.
  const sample: Record<string, NewSample[string]> = Object.create(null);
  for (const [field, value] of Object.entries(rest)) {
    try {
      sample[field] = valueOfJson(value, fields.get(field));
    } catch (error) {
      return `field ${field}: ${messageOf(error)}`;
    }
  }
  // The dataset checks these when the sample is added.
  return {
    ...sample,
    filepath,
    ...(id === undefined ? {} : { id: id as string }),
    ...(tags === undefined ? {} : { tags: tags as string[] }),
    ...(metadata === undefined ? {} : { metadata: metadata as object as ImageMetadata }),
    ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt as string) }),
    ...(lastModifiedAt === undefined ? {} : { lastModifiedAt: new Date(lastModifiedAt as string) }),
  };
}
