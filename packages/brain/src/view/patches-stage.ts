import { BrainError } from "../base/brain-error.ts";
import type { FieldInfo } from "../schema/field.ts";
import { columnName, isStandardField } from "../schema/field-column.ts";
import { elementLabelType, isLabelListType, isLabelType } from "../schema/label-shape.ts";
import { quoteIdentifier } from "../store/quote-identifier.ts";
import { columnOf, type Relation, requireField } from "./relation.ts";
import type { SqlParameters } from "./sql-parameters.ts";
import type { StageParams } from "./stage.ts";

const sampleId: FieldInfo = { name: "sampleId", type: "string", readOnly: true };

/** What has a place in the image that can be cut out. */
const patchTypes: ReadonlySet<string> = new Set(["Detection", "Polyline"]);

/**
 * One row a label of the field, in the order of the samples and of the labels in them. Its id is the
 * label's; the field holds the one label; `sampleId` and the standard fields are the sample's.
 */
export function toPatches(
  relation: Relation,
  { field: name }: StageParams["toPatches"],
  params: SqlParameters,
): Relation {
  const field = requireField(relation, name);
  const { type } = field;
  if (relation.patchesField !== undefined) {
    throw new BrainError(
      "view-invalid",
      "Cannot use toPatches on a view that is of patches already",
    );
  }
  if (!isLabelType(type) || !patchTypes.has(elementLabelType(type))) {
    throw new BrainError(
      "view-invalid",
      `Cannot use toPatches on "${name}": it has a ${type}, expected detections or polylines`,
      { details: { field: name, found: type } },
    );
  }
  const [rows, label, place] = [params.newName(), params.newName(), params.newName()];
  const column = columnOf(field);
  const isList = isLabelListType(type);
  const labels = isList
    ? `unnest(${column}) AS ${label}, generate_subscripts(${column}, 1) AS ${place}`
    : `${column} AS ${label}, 1 AS ${place}`;
  const standard = relation.fields.filter((info) => isStandardField(info.name));
  const columns = [
    `(${label})."id" AS id`,
    `id AS ${quoteIdentifier(sampleId.name)}`,
    ...standard.flatMap((info) =>
      info.name === "id" ? [] : [quoteIdentifier(columnName(info.name))],
    ),
    `${label} AS ${column}`,
    ...relation.order.map((key) => key.column),
    place,
  ];
  return {
    sql:
      `SELECT ${columns.join(", ")} FROM (SELECT *, ${labels} FROM (${relation.sql})) AS ${rows} ` +
      `WHERE ${label} IS NOT NULL`,
    fields: [...standard, sampleId, { ...field, type: elementLabelType(type) }],
    order: [...relation.order, { column: place, descending: false }],
    patchesField: field.name,
  };
}
