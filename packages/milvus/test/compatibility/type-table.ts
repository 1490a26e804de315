import type { MessageInitShape } from "@bufbuild/protobuf";
import { DataType, DataTypeSchema, type FieldSchemaSchema } from "../../src/wire/gen/schema_pb.ts";
import { filmFields, Harness, schemaBytes } from "../service/service-harness.ts";
import { typeDifferences } from "./differences.ts";
import { outcomeOf, type Row } from "./outcome.ts";

type FieldInit = MessageInitShape<typeof FieldSchemaSchema>;

/** What is no type of a field by itself, but of Milvus's own messages and of sub-fields. */
const notOfFields: readonly DataType[] = [
  DataType.None,
  DataType.String,
  DataType.Struct,
  DataType.ArrayOfVector,
  DataType.ArrayOfStruct,
];

/** Every data type that a field may have in Milvus, tried in a new collection; struct arrays last. */
export async function typeRows(): Promise<Row[]> {
  const harness = await Harness.open();
  const rows: Row[] = [];
  for (const { name, number } of DataTypeSchema.values) {
    const dataType = number as DataType;
    if (notOfFields.includes(dataType)) continue;
    const outcome = await outcomeOf(createWith(harness, { fields: [fieldOf(dataType)] }));
    rows.push(rowOf(name, outcome));
  }
  const subFields = [
    { ...fieldOf(DataType.Array), name: "a" },
    vectorsField("v", DataType.FloatVector),
  ];
  const structs = [{ name: "struct", fields: subFields }];
  rows.push(rowOf("Array of Struct", await outcomeOf(createWith(harness, { structs }))));
  await harness.close();
  return rows;
}

function rowOf(name: string, outcome: Row["outcome"]): Row {
  const difference = typeDifferences[name];
  return { name, outcome, ...(difference && { difference }) };
}

let created = 0;

function createWith(
  harness: Harness,
  {
    fields = [],
    structs = [],
  }: { fields?: readonly FieldInit[]; structs?: readonly { name: string; fields: FieldInit[] }[] },
): Promise<object> {
  created++;
  const all = [...filmFields, ...fields];
  const schema = schemaBytes({ fields: all, structArrayFields: [...structs] });
  return harness.call("createCollection", { collectionName: `types_${created}`, schema });
}

const pair = (key: string, value: string): { key: string; value: string } => ({ key, value });

const denseVectors: readonly DataType[] = [
  DataType.BinaryVector,
  DataType.FloatVector,
  DataType.Float16Vector,
  DataType.BFloat16Vector,
  DataType.Int8Vector,
];

/** A field of the type, with the parameters that it needs. */
function fieldOf(dataType: DataType): FieldInit {
  const field = { name: "kind", dataType };
  if (denseVectors.includes(dataType)) return { ...field, typeParams: [pair("dim", "8")] };
  if (dataType === DataType.Array) {
    return { ...field, elementType: DataType.Int64, typeParams: [pair("max_capacity", "4")] };
  }
  return { ...field, typeParams: [pair("max_length", "16")] };
}

function vectorsField(name: string, elementType: DataType): FieldInit {
  const typeParams = [pair("dim", "8"), pair("max_capacity", "4")];
  return { name, dataType: DataType.ArrayOfVector, elementType, typeParams };
}
