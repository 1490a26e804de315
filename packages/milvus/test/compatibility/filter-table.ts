import { DataType } from "../../src/wire/gen/schema_pb.ts";
import { Harness, schemaBytes } from "../service/service-harness.ts";
import { filterDifferences } from "./differences.ts";
import { filterExamples } from "./filter-examples.ts";
import { outcomeOf, type Row } from "./outcome.ts";

const parameter = (key: string, value: number | boolean): { key: string; value: string } => ({
  key,
  value: `${value}`,
});
const maxLength = parameter("max_length", 64);
const maxCapacity = parameter("max_capacity", 8);

const schema = schemaBytes({
  enableDynamicField: true,
  fields: [
    { name: "i", dataType: DataType.Int64, isPrimaryKey: true },
    { name: "big", dataType: DataType.Int64 },
    { name: "d", dataType: DataType.Double },
    { name: "b", dataType: DataType.Bool },
    { name: "s", dataType: DataType.VarChar, typeParams: [maxLength] },
    {
      name: "t",
      dataType: DataType.VarChar,
      typeParams: [maxLength, parameter("enable_analyzer", true), parameter("enable_match", true)],
    },
    { name: "n", dataType: DataType.Int64, nullable: true },
    { name: "j", dataType: DataType.JSON, nullable: true },
    {
      name: "a",
      dataType: DataType.Array,
      elementType: DataType.Int64,
      typeParams: [maxCapacity],
    },
    { name: "time", dataType: DataType.Timestamptz },
    { name: "geo", dataType: DataType.Geometry },
    { name: "v", dataType: DataType.FloatVector, typeParams: [parameter("dim", 2)] },
  ],
  structArrayFields: [
    {
      name: "struct",
      fields: [
        {
          name: "x",
          dataType: DataType.Array,
          elementType: DataType.Int64,
          typeParams: [maxCapacity],
        },
        {
          name: "v",
          dataType: DataType.ArrayOfVector,
          elementType: DataType.FloatVector,
          typeParams: [parameter("dim", 2), maxCapacity],
        },
      ],
    },
  ],
});

/** Every example of the filter language, asked of an empty collection, by its heading. */
export async function filterRows(): Promise<ReadonlyMap<string, readonly Row[]>> {
  const harness = await Harness.open();
  const collectionName = "filters";
  await harness.ok("createCollection", { collectionName, schema });
  for (const fieldName of ["v", "struct[v]"]) {
    const metric = fieldName === "v" ? "COSINE" : "MAX_SIM_COSINE";
    const extraParams = [
      { key: "index_type", value: fieldName === "v" ? "FLAT" : "HNSW" },
      { key: "metric_type", value: metric },
    ];
    await harness.ok("createIndex", { collectionName, fieldName, extraParams });
  }
  await harness.ok("loadCollection", { collectionName });
  const tables = new Map<string, readonly Row[]>();
  for (const [heading, examples] of Object.entries(filterExamples)) {
    const rows: Row[] = [];
    for (const expr of examples) {
      const exprTemplateValues = expr.includes("{name}") ? { name: text("x") } : {};
      const answer = harness.call("query", { collectionName, expr, exprTemplateValues });
      const difference = filterDifferences[expr];
      rows.push({
        name: `\`${expr}\``,
        outcome: await outcomeOf(answer),
        ...(difference && { difference }),
      });
    }
    tables.set(heading, rows);
  }
  await harness.close();
  return tables;
}

function text(value: string): { val: { case: "stringVal"; value: string } } {
  return { val: { case: "stringVal", value } };
}
