import {
  type Collection,
  type Column,
  dynamicFieldName,
  fieldNamed,
  type RowBatch,
  structNamed,
} from "@redkite/engine";
import { invalidParameter } from "../errors.ts";
import { columnOfWireField, type WireColumnOptions } from "../wire/column-of-wire-field.ts";
import { columnsOfWireStruct } from "../wire/columns-of-wire-struct.ts";
import type { WireInsertRequest } from "../wire/insert-request.ts";
import { timeZoneProperty } from "./collection-schema.ts";

/** The rows of an insert or upsert as columns. Throws with Milvus's texts for data that does not fit. */
export function batchOf(collection: Collection, request: WireInsertRequest): RowBatch {
  const { fieldsData, numRows, partitionName } = request;
  const { schema, properties } = collection;
  const timeZone = properties[timeZoneProperty];
  const options: WireColumnOptions = {
    rowCount: numRows,
    ...(timeZone === undefined ? {} : { timeZone }),
  };
  const columns = new Map<string, Column>();
  const add = (name: string, column: Column): void => {
    if (columns.has(name)) throw unexpectedField(name);
    columns.set(name, column);
  };
  for (const wire of fieldsData) {
    const name = wire.isDynamic ? dynamicFieldName : wire.name;
    const field = fieldNamed(schema, name);
    if (field !== undefined) add(name, columnOfWireField(field, wire, options));
    else {
      const struct = structNamed(schema, name);
      if (struct === undefined) throw unexpectedField(name);
      const subColumns = columnsOfWireStruct(collection, struct, { wire, options });
      for (const [subName, column] of subColumns) add(subName, column);
    }
  }
  return {
    rowCount: numRows,
    columns,
    ...(partitionName === "" ? {} : { partition: partitionName }),
  };
}

function unexpectedField(name: string): Error {
  return invalidParameter(`field ${name} is unknown or given twice: more fieldData has pass in`);
}
