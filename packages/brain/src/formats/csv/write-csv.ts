import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { BrainError } from "../../base/brain-error.ts";
import type { FieldInfo, FieldValue } from "../../schema/field.ts";
import type { Sample } from "../../schema/sample.ts";
import type { WriteTarget } from "../dataset-format.ts";
import { dropProperties, isLabel } from "../sample-labels.ts";
import { TextFile } from "../source-files.ts";
import { cellOf, cellOfTags } from "./csv-column.ts";

interface Column {
  readonly title: string;
  readonly cell: (sample: Sample) => string;
}

/**
 * Writes `labels.csv` and `data/`: the path, the tags, then the fields asked for, or those of the
 * dataset that a cell can hold. A classification has a column for its label and one for its
 * confidence.
 */
export async function writeCsv(samples: AsyncIterable<Sample>, target: WriteTarget): Promise<void> {
  const columns = columnsOf(target);
  const file = await TextFile.create(join(target.folder, "labels.csv"));
  try {
    await file.write(stringify([["filepath", "tags", ...columns.map(({ title }) => title)]]));
    for await (const sample of samples) {
      const { path } = await target.media.add(sample.filepath, "data");
      const cells = columns.map(({ cell }) => cell(sample));
      await file.write(stringify([[path, cellOfTags(sample.tags), ...cells]]));
    }
  } finally {
    await file.close();
  }
}

function columnsOf(target: WriteTarget): Column[] {
  const fields = target.description.fields ?? [];
  const wanted =
    target.fields?.map((name) => {
      const field = fields.find((known) => known.name === name);
      if (field !== undefined) return field;
      throw new BrainError("field-not-found", `Cannot export field '${name}': there is none`, {
        details: { field: name },
      });
    }) ?? fields;
  return wanted.flatMap((field) => columnsOfField(field, target));
}

function columnsOfField(field: FieldInfo, target: WriteTarget): Column[] {
  const { name, type } = field;
  if (type === "Classification") {
    return [
      { title: `${name}.label`, cell: (sample) => cellOf(labelIn(sample, name, target)) },
      { title: `${name}.confidence`, cell: (sample) => cellOf(confidenceIn(sample, name)) },
    ];
  }
  if (/^[A-Z]/.test(type)) {
    if (target.fields === undefined) {
      target.drop(`field ${name}`);
      return [];
    }
    throw new BrainError(
      "field-type-mismatch",
      `Cannot export field '${name}' as CSV: a cell holds values and classifications, not ${type}`,
      { details: { field: name, type } },
    );
  }
  return [{ title: name, cell: (sample) => cellOf(valueIn(sample, name), type === "date") }];
}

function valueIn(sample: Sample, name: string): FieldValue | undefined {
  // Only metadata is no FieldValue by its type; it is no field of the dataset's own.
  return sample[name] as FieldValue | undefined;
}

function labelIn(sample: Sample, name: string, target: WriteTarget): string | undefined {
  const value = sample[name];
  if (!isLabel(value) || value.type !== "Classification") return undefined;
  dropProperties(value, ["tags", "attributes"], target);
  return value.label;
}

function confidenceIn(sample: Sample, name: string): number | undefined {
  const value = sample[name];
  return isLabel(value) && value.type === "Classification" ? value.confidence : undefined;
}
