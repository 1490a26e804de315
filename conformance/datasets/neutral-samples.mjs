/** Samples of ours in the form of `python/neutral_samples.py`: members with a value, by FiftyOne's names. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** @param {import("redkite/brain").Dataset} dataset */
export async function neutralSamples(dataset) {
  const types = new Map(dataset.fields().map((field) => [field.name, field]));
  const samples = (await dataset.samples()).map((sample) => neutralSample(sample, types));
  return samples.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function neutralSample(sample, types) {
  const { id, filepath, tags, metadata, createdAt, lastModifiedAt, ...fields } = sample;
  const present = Object.entries(fields).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return {
    name: basename(filepath),
    id,
    tags,
    times: [createdAt, lastModifiedAt].map((moment) => moment.toISOString()),
    metadata: metadata === undefined ? null : snakeCased(metadata),
    fields: Object.fromEntries(
      present.map(([name, value]) => [name, neutral(value, types.get(name))]),
    ),
  };
}

function neutral(value, { type, elementType } = {}) {
  if (value instanceof Date) {
    const text = value.toISOString();
    return type === "date" ? text.slice(0, "2024-02-03".length) : text;
  }
  if (value instanceof Float32Array) return Array.from(value);
  if (Array.isArray(value)) return value.map((element) => neutral(element, { type: elementType }));
  if (typeof value === "bigint")
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (/^[A-Z]/.test(type ?? "")) return neutralLabel(value);
  return value;
}

function neutralLabel({ type, ...members }) {
  const [[member, labels] = [], ...more] = Object.entries(members);
  const isList = more.length === 0 && type.toLowerCase() === member;
  if (!isList) return single(type, members);
  const element = type.slice(0, -1);
  return { type, [member]: labels.map(({ type: _, ...inner }) => single(element, inner)) };
}

/** FiftyOne's attributes stand beside the members. */
function single(type, { attributes = {}, tags = [], mask, maskPath, points, ...rest }) {
  const { missingPoints = [], ...others } = attributes;
  return {
    type,
    ...snakeCased(rest),
    ...others,
    ...(tags.length === 0 ? {} : { tags }),
    ...(mask === undefined ? {} : { mask: { ...mask, data: Array.from(mask.data) } }),
    ...(maskPath === undefined ? {} : { mask_path: digest(maskPath) }),
    ...(points === undefined
      ? {}
      : {
          points: points.map((at, index) => (missingPoints.includes(index) ? ["NaN", "NaN"] : at)),
        }),
  };
}

function snakeCased(object) {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
