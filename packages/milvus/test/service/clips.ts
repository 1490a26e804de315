import type { MessageInitShape } from "@bufbuild/protobuf";
import { DataType, type FieldDataSchema } from "../../src/wire/gen/schema_pb.ts";
import { pairs } from "./service-harness.ts";

/** An array of structs: scenes of a film, each with a start and a frame. */
export const clips = {
  name: "clips",
  description: "scenes",
  nullable: true,
  fields: [
    {
      name: "start",
      dataType: DataType.Array,
      elementType: DataType.Int64,
      typeParams: pairs({ max_capacity: "8" }),
    },
    {
      name: "frame",
      dataType: DataType.ArrayOfVector,
      elementType: DataType.FloatVector,
      typeParams: pairs({ dim: "2", max_capacity: "8" }),
    },
  ],
};

export type FieldDataInit = MessageInitShape<typeof FieldDataSchema>;

/** Rows of {@link clips}: the starts, and the components of the frames. */
export function clipData(
  starts: bigint[][],
  frames: number[][],
  validData: boolean[] = [],
): FieldDataInit {
  const startRows = starts.map((data) => ({
    data: { case: "longData" as const, value: { data } },
  }));
  const frameRows = frames.map((data) => ({
    dim: 2n,
    data: { case: "floatVector" as const, value: { data } },
  }));
  return {
    type: DataType.ArrayOfStruct,
    fieldName: "clips",
    field: {
      case: "structArrays",
      value: {
        fields: [
          {
            type: DataType.Array,
            fieldName: "start",
            validData,
            field: {
              case: "scalars",
              value: {
                data: {
                  case: "arrayData",
                  value: { data: startRows, elementType: DataType.Int64 },
                },
              },
            },
          },
          {
            type: DataType.ArrayOfVector,
            fieldName: "frame",
            validData,
            field: {
              case: "vectors",
              value: {
                dim: 2n,
                data: {
                  case: "vectorArray",
                  value: { dim: 2n, data: frameRows, elementType: DataType.FloatVector },
                },
              },
            },
          },
        ],
      },
    },
  };
}
