import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { BrainError } from "../../base/brain-error.ts";
import type { FieldValue } from "../../schema/field.ts";
import type { NewSample } from "../../schema/sample.ts";
import type { ReadResult, ReadSource } from "../dataset-format.ts";
import { problemError } from "../import-log.ts";
import { MediaFolder } from "../media-folder.ts";
import { kindOfPath, listFolder, readChunks } from "../source-files.ts";
import { parseCell, parseTags } from "./csv-column.ts";

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

/**
 * Reads a table with a header. `filepath` names the image, `tags` its tags; `NAME.label`,
 * `NAME.confidence` and `NAME.id` together are a classification; the others are fields of the types
 * given, texts where none is.
 */
export async function readCsv(source: ReadSource): Promise<ReadResult> {
  const { path } = source;
  const isFile = (await kindOfPath(path)) === "file";
  const file = source.labelsPath ?? (isFile ? path : await findTable(path));
  const folder = isFile ? dirname(path) : path;
  const data = join(folder, "data");
  const dataPath = source.dataPath ?? ((await kindOfPath(data)) === "folder" ? data : folder);
  return { description: {}, samples: samplesOf(file, dataPath, source) };
}

async function findTable(path: string): Promise<string> {
  const { files } = await listFolder(path);
  if (files.includes("labels.csv")) return join(path, "labels.csv");
  const tables = files.filter((name) => name.endsWith(".csv"));
  if (tables.length === 1) return join(path, tables[0]);
  throw new BrainError(
    "file-not-found",
    `No table in ${path}: expected labels.csv, or one .csv file, found ${tables.length}`,
    { details: { path, found: tables } },
  );
}

async function* samplesOf(
  file: string,
  dataPath: string,
  source: ReadSource,
): AsyncGenerator<NewSample> {
  const media = await MediaFolder.open(dataPath);
  for await (const { record, info } of rowsOf(file)) {
    source.log.throwIfCancelled();
    const sample = await sampleOf(record, media, source);
    if (typeof sample === "string") source.log.reject({ file, line: info.lines, message: sample });
    else yield sample;
  }
}

async function* rowsOf(file: string): AsyncGenerator<Row> {
  const columns = (titles: string[]): string[] => onceEach(titles, file);
  const parser = parse({ columns, info: true, bom: true, skip_empty_lines: true });
  // Closes the file, too, when rows are read no further. Its errors come out of the parser.
  pipeline(readChunks(file), parser).catch(() => undefined);
  try {
    // With `info` the parser gives the record and where it ends.
    for await (const row of parser) yield row as Row;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? { line: error["lines"] } : {};
    throw problemError({ file, ...line, message: `not CSV: ${error.message}` });
  }
}

/** The titles, of which none comes twice: one column of two would be lost. */
function onceEach(titles: string[], file: string): string[] {
  const repeated = titles.find((title, index) => titles.indexOf(title) < index);
  if (repeated === undefined) return titles;
  throw problemError({ file, line: 1, message: `there are two columns "${repeated}"` });
}

/** The row's sample; a text says what is wrong with the row. */
async function sampleOf(
  record: Readonly<Record<string, string>>,
  media: MediaFolder,
  source: ReadSource,
): Promise<NewSample | string> {
  const { filepath: name, tags: tagCell = "", ...cells } = record;
  if (name === undefined) {
    return `expected a column "filepath", found ${Object.keys(record).join(", ")}`;
  }
  if (name === "") return "the filepath is empty";
  const { filepath, exists } = await media.find(name);
  if (!exists && source.requireMedia) return `${filepath} does not exist`;
  const tags = parseTags(tagCell);
  if (tags === undefined) return `expected tags with commas between, or as JSON, found ${tagCell}`;
  // Without a prototype, so that "__proto__" is a name as others are, which the dataset refuses.
  const fields: Record<string, FieldValue> = Object.create(null);
  const wrong = takeCells(cells, fields, source);
  return wrong ?? { filepath, tags, ...fields };
}

/** Takes the row's values; a text says what is wrong with one. */
function takeCells(
  cells: Readonly<Record<string, string>>,
  fields: Record<string, FieldValue>,
  { columnTypes = {}, log }: ReadSource,
): string | undefined {
  for (const [column, text] of Object.entries(cells)) {
    const [, name = column, member] = /^(.*)\.([^.]*)$/.exec(column) ?? [];
    if (member !== undefined && !["label", "confidence", "id"].includes(member)) {
      log.ignore(`column ${column}`);
    } else if (text !== "" && member === undefined) {
      const type = (Object.hasOwn(columnTypes, column) && columnTypes[column]) || "string";
      const value = parseCell(text, type);
      if (value === undefined) return `column ${column}: expected ${type}, found ${text}`;
      fields[name] = value;
    } else if (text !== "" && member === "label") {
      const label = classificationOf(name, text, cells);
      if (typeof label === "string") return label;
      fields[name] = label;
    }
  }
  return undefined;
}

function classificationOf(
  field: string,
  label: string,
  cells: Readonly<Record<string, string>>,
): FieldValue | string {
  const confidenceCell = cells[`${field}.confidence`] ?? "";
  const confidence = parseCell(confidenceCell, "float");
  if (confidence === undefined) {
    return `column ${field}.confidence: expected float, found ${confidenceCell}`;
  }
  const id = cells[`${field}.id`] ?? "";
  return {
    type: "Classification",
    label,
    ...(typeof confidence === "number" ? { confidence } : {}),
    ...(id === "" ? {} : { id }),
  };
}
