import { RestHarness } from "../rest/rest-harness.ts";
import type { Outcome, Row } from "./outcome.ts";

const collectionName = "films";
const data = [{ id: 1, year: 1969, tags: ["a", "b"], vector: [1, 0] }];
const field = (fieldName: string, dataType: string, more: object = {}) => ({
  fieldName,
  dataType,
  ...more,
});
const fields = [
  field("id", "Int64", { isPrimary: true }),
  field("year", "Int64", { nullable: true }),
  field("tags", "Array", {
    elementDataType: "VarChar",
    elementTypeParams: { max_capacity: "9", max_length: "9" },
  }),
  field("vector", "FloatVector", { elementTypeParams: { dim: "2" } }),
];
const indexParams = [{ fieldName: "vector", metricType: "COSINE" }];

const some = [{ id: 1, tags: ["b"] }];
const writes: Readonly<Record<string, readonly [path: string, request: object]>> = {
  insert: ["/entities/insert", { data }],
  upsert: ["/entities/upsert", { data }],
  "partial update (`partial_update`)": ["/entities/upsert", { data: some, partialUpdate: true }],
  "elements added to an array (`field_ops`: `ARRAY_APPEND`)": [
    "/entities/upsert",
    { data: some, fieldOps: [{ fieldName: "tags", op: "ARRAY_APPEND" }] },
  ],
  "elements taken out of an array (`field_ops`: `ARRAY_REMOVE`)": [
    "/entities/upsert",
    { data: some, fieldOps: [{ fieldName: "tags", op: "ARRAY_REMOVE" }] },
  ],
  "into a partition": ["/entities/insert", { data, partitionName: "_default" }],
  "delete by keys": ["/entities/delete", { filter: "id in [1, 2]" }],
  "delete by a filter": ["/entities/delete", { filter: "year < 1970 and id > 0" }],
};

/** What can be asked of writes, tried. */
export async function writingRows(): Promise<Row[]> {
  const harness = await RestHarness.open();
  try {
    const schema = { enableDynamicField: false, fields };
    await harness.ok("/collections/create", { collectionName, schema, indexParams });
    const rows: Row[] = [];
    for (const [name, [path, request]] of Object.entries(writes)) {
      const { code, message = "" } = await harness.post(path, { collectionName, ...request });
      const outcome: Outcome =
        code === 0 ? { kind: "works" } : { kind: "refused", code, text: message };
      rows.push({ name, outcome });
    }
    return rows;
  } finally {
    await harness.close();
  }
}
