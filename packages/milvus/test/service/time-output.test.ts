import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DataType, type FieldData } from "../../src/wire/gen/schema_pb.ts";
import { floatVectors, Harness, longs, pairs, schemaBytes } from "./service-harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.open();
  await harness.ok("createCollection", {
    collectionName: "days",
    schema: schemaBytes({
      name: "days",
      fields: [
        { name: "id", dataType: DataType.Int64, isPrimaryKey: true },
        { name: "at", dataType: DataType.Timestamptz, nullable: true },
        { name: "vector", dataType: DataType.FloatVector, typeParams: pairs({ dim: "2" }) },
      ],
    }),
    properties: pairs({ timezone: "Asia/Shanghai" }),
  });
  await harness.ok("createIndex", {
    collectionName: "days",
    fieldName: "vector",
    extraParams: pairs({ index_type: "FLAT", metric_type: "L2" }),
  });
  await harness.ok("loadCollection", { collectionName: "days" });
  await harness.ok("insert", {
    collectionName: "days",
    numRows: 3,
    fieldsData: [
      longs("id", [1n, 2n, 3n]),
      {
        type: DataType.Timestamptz,
        fieldName: "at",
        validData: [true, true, false],
        field: {
          case: "scalars",
          value: {
            data: {
              case: "stringData",
              value: { data: ["2025-01-02T03:04:05.000678Z", "2024-12-31T23:00:00+08:00"] },
            },
          },
        },
      },
      floatVectors("vector", [
        [0, 0],
        [1, 0],
        [2, 0],
      ]),
    ],
  });
});
afterEach(() => harness.close());

async function times(parameters: Record<string, string>, expr = "id > 0"): Promise<unknown> {
  const answer = await harness.ok("query", {
    collectionName: "days",
    expr,
    outputFields: ["at"],
    queryParams: pairs(parameters),
  });
  return valuesOf(answer.fieldsData.find(({ fieldName }) => fieldName === "at"));
}

function valuesOf(field: FieldData | undefined): unknown {
  const data = field?.field.case === "scalars" ? field.field.value.data : undefined;
  if (data?.case === "stringData") return data.value.data;
  if (data?.case !== "arrayData") return undefined;
  return data.value.data.map(({ data: list }) =>
    list.case === "longData" ? list.value.data.map(Number) : [],
  );
}

describe("Query of times", () => {
  it("shows them in the zone of the collection, or of the request", async () => {
    const [first, second] = (await times({})) as string[];
    expect([first, second]).toEqual([
      "2025-01-02T11:04:05.000678+08:00",
      "2024-12-31T23:00:00+08:00",
    ]);
    const [utc] = (await times({ timezone: "UTC" })) as string[];
    expect(utc).toBe("2025-01-02T03:04:05.000678Z");
  });

  it("reads times in filters in that zone", async () => {
    const filter = "at < ISO '2025-01-01T00:00:00'";
    expect(await times({}, filter)).toHaveLength(1);
    expect(
      await times({ timezone: "America/New_York" }, "at < ISO '2025-01-01T22:04:06'"),
    ).toHaveLength(2);
  });

  it("shows the parts that are asked for, as lists of integers", async () => {
    const parts = { time_fields: "year, hour,microsecond", timezone: "UTC" };
    expect(await times(parts)).toEqual([[2025, 3, 678], [2024, 15, 0], expect.anything()]);
  });

  it("refuses parts that times have not", async () => {
    const status = await harness.fails("query", {
      collectionName: "days",
      expr: "id > 0",
      queryParams: pairs({ time_fields: "century" }),
    });
    expect(status.code).toBe(1100);
    expect(status.reason).toContain("unsupported time field century");
  });
});
