import { createHash } from "node:crypto";
import type { ExpressionNode } from "../../src/view/expression-node.ts";
import type { Stage } from "../../src/view/stage.ts";
import { evaluate, exists, listOf, order, settled, valueAt } from "./evaluate-expression.ts";

/** A sample or patch as a plain object; fields without a value are absent or null. */
export type Row = Readonly<Record<string, unknown>>;

/** The label fields of the rows. */
const labelFields = ["objects", "scene"];

/** The plain meaning of stages, over an array of samples: the oracle of what they are in SQL. */
export function evaluateStages(all: readonly Row[], stages: readonly Stage[]): Row[] {
  return stages.reduce<Row[]>((rows, stage) => evaluateStage(rows, stage, all), [...all]);
}

function evaluateStage(rows: Row[], stage: Stage, all: readonly Row[]): Row[] {
  switch (stage.kind) {
    case "match":
      return rows.filter((row) => holds(stage.params.filter, row, row));
    case "matchTags": {
      const { tags, all: needsAll, bool } = stage.params;
      return rows.filter((row) => {
        const own = row["tags"] as string[];
        const has = (tag: string) => own.includes(tag);
        return (needsAll ? tags.every(has) : tags.some(has)) === bool;
      });
    }
    case "exists":
      return rows.filter((row) => {
        const value = valueAt(row, stage.params.path);
        const isThere = labelFields.includes(stage.params.path) ? value !== null : exists(value);
        return isThere === stage.params.bool;
      });
    case "filterLabels": {
      const { field, filter, onlyMatches } = stage.params;
      const kept = rows.map((row) => keepLabels(row, field, (label) => holds(filter, label, row)));
      return onlyMatches ? kept.filter((row) => labelsOf(row, field).length > 0) : kept;
    }
    case "filterField": {
      const { field, filter, onlyMatches } = stage.params;
      const kept = rows.map((row) =>
        holds(filter, row[field] ?? null, row) ? row : { ...row, [field]: null },
      );
      return onlyMatches ? kept.filter((row) => (row[field] ?? null) !== null) : kept;
    }
    case "sortBy":
      return stage.params.keys.toReversed().reduce((sorted, { by, reverse }) => {
        const keyed = sorted.map((row) => ({
          row,
          key: settled(evaluate(by, { self: row, root: row })),
        }));
        keyed.sort((a, b) => orderWithMissing(a.key, b.key) * (reverse ? -1 : 1));
        return keyed.map(({ row }) => row);
      }, rows);
    case "limit":
      return rows.slice(0, stage.params.count);
    case "skip":
      return rows.slice(stage.params.count);
    case "shuffle":
      return shuffled(rows, stage.params.seed);
    case "take":
      return shuffled(rows, stage.params.seed).slice(0, stage.params.count);
    case "select": {
      const { ids, ordered } = stage.params;
      if (!ordered) return rows.filter((row) => ids.includes(String(row["id"])));
      return ids.flatMap((id) => rows.filter((row) => row["id"] === id));
    }
    case "exclude":
      return rows.filter((row) => !stage.params.ids.includes(String(row["id"])));
    case "selectLabels": {
      const { ids, tags, fields = labelFields, omitEmpty } = stage.params;
      const kept = rows.map((row) => {
        const narrowed = Object.fromEntries(
          Object.entries(row).filter(([key]) => !labelFields.includes(key) || fields.includes(key)),
        );
        return fields.reduce<Row>(
          (result, field) =>
            keepLabels(
              result,
              field,
              (label) => hasId(label, ids, true) && hasTag(label, tags, true),
            ),
          narrowed,
        );
      });
      return omitEmpty ? kept.filter((row) => hasLabels(row, fields)) : kept;
    }
    case "excludeLabels": {
      const { ids, tags, fields = labelFields, omitEmpty } = stage.params;
      const isOut = (label: unknown) =>
        ids === undefined && tags === undefined
          ? true
          : hasId(label, ids, false) || hasTag(label, tags, false);
      const kept = rows.map((row) =>
        fields.reduce((result, field) => keepLabels(result, field, (label) => !isOut(label)), row),
      );
      return omitEmpty ? kept.filter((row) => hasLabels(row, fields)) : kept;
    }
    case "matchLabels": {
      const { ids, tags, fields = labelFields, filter, bool } = stage.params;
      return rows.filter((row) => {
        const found = fields.some((field) =>
          labelsOf(row, field).some(
            (label) =>
              hasId(label, ids, true) &&
              hasTag(label, tags, true) &&
              (filter === undefined || holds(filter, label, row)),
          ),
        );
        return found === bool;
      });
    }
    case "mapLabels": {
      const map = new Map(Object.entries(stage.params.map));
      return rows.map((row) =>
        changeLabels(row, stage.params.field, (labels) =>
          labels.map((label) => {
            const old = String(valueAt(label, "label"));
            return { ...Object(label), label: map.get(old) ?? old };
          }),
        ),
      );
    }
    case "limitLabels":
      return rows.map((row) =>
        changeLabels(row, stage.params.field, (labels) => labels.slice(0, stage.params.count)),
      );
    case "concat":
      return [...rows, ...evaluateStages(all, stage.params.stages)];
    case "groupBy": {
      const seen = new Set<unknown>();
      return rows.filter((row) => {
        const value = settled(evaluate(stage.params.by, { self: row, root: row }));
        const key = value instanceof Date ? value.getTime() : value;
        return !seen.has(key) && seen.add(key);
      });
    }
    case "toPatches":
      return rows.flatMap((row) =>
        labelsOf(row, stage.params.field).map((label) => ({
          id: valueAt(label, "id"),
          sampleId: row["id"],
          filepath: row["filepath"],
          tags: row["tags"],
          createdAt: row["createdAt"],
          lastModifiedAt: row["lastModifiedAt"],
          [stage.params.field]: label,
        })),
      );
    default:
      throw new Error(`The oracle does not know "${stage.kind}"`);
  }
}

function holds(filter: ExpressionNode, self: unknown, root: unknown): boolean {
  return evaluate(filter, { self, root }) === true;
}

function labelsOf(row: Row, field: string): unknown[] {
  const value = row[field] ?? null;
  return value === null ? [] : (listOf(value) ?? [value]);
}

function hasLabels(row: Row, fields: readonly string[]): boolean {
  return fields.some((field) => labelsOf(row, field).length > 0);
}

function changeLabels(row: Row, field: string, change: (labels: unknown[]) => unknown[]): Row {
  const value = row[field] ?? null;
  if (value === null) return row;
  const changed = change(labelsOf(row, field));
  const isList = listOf(value) !== null;
  return {
    ...row,
    [field]: isList ? { ...Object(value), detections: changed } : (changed[0] ?? null),
  };
}

function keepLabels(row: Row, field: string, keeps: (label: unknown) => boolean): Row {
  return changeLabels(row, field, (labels) => labels.filter(keeps));
}

function hasId(label: unknown, ids: readonly string[] | undefined, fallback: boolean): boolean {
  return ids === undefined ? fallback : ids.includes(String(valueAt(label, "id")));
}

function hasTag(label: unknown, tags: readonly string[] | undefined, fallback: boolean): boolean {
  if (tags === undefined) return fallback;
  const own = valueAt(label, "tags");
  return Array.isArray(own) && own.some((tag) => tags.includes(String(tag)));
}

function orderWithMissing(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return order(a, b);
}

function shuffled(rows: readonly Row[], seed: number): Row[] {
  const keyed = rows.map((row) => ({
    row,
    key: createHash("md5").update(`${seed}:${row["id"]}`).digest("hex"),
  }));
  keyed.sort((a, b) => order(a.key, b.key));
  return keyed.map(({ row }) => row);
}
