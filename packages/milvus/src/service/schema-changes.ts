import type { Collection, FieldChange } from "@redkite/engine";
import { invalidParameter, MilvusError, unsupported } from "../errors.ts";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import {
  AddCollectionFieldRequestSchema,
  AddCollectionStructFieldRequestSchema,
  AlterCollectionFieldRequestSchema,
  type AlterCollectionSchemaRequest_AddRequest,
  type AlterCollectionSchemaRequest_DropRequest,
  AlterCollectionSchemaRequestSchema,
  AlterCollectionSchemaResponseSchema,
} from "../wire/gen/milvus_pb.ts";
import { FieldSchemaSchema } from "../wire/gen/schema_pb.ts";
import { decodeMessage } from "../wire/messages.ts";
import { refuseFunctions, structFromWire, timeZoneProperty } from "./collection-schema.ts";
import { fieldFromWire } from "./field-schema.ts";
import { isBoolean, toMap } from "./key-values.ts";
import { decodeRequest, type MethodTable, method } from "./method.ts";

/** Changes of the fields of a collection that is there. */
export const schemaChangeMethods: MethodTable = {
  AddCollectionField: method(
    AddCollectionFieldRequestSchema,
    StatusSchema,
    async (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const field = decodeRequest(() => decodeMessage(FieldSchemaSchema, request.schema));
      await collection.addField(fieldFromWire(field, collection.properties[timeZoneProperty]));
      return {};
    },
  ),
  AddCollectionStructField: method(
    AddCollectionStructFieldRequestSchema,
    StatusSchema,
    async (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const { structArrayFieldSchema: struct } = request;
      if (struct === undefined) throw invalidParameter("struct array field schema is nil");
      await collection.addStruct(structFromWire(struct));
      return {};
    },
  ),
  AlterCollectionSchema: method(
    AlterCollectionSchemaRequestSchema,
    AlterCollectionSchemaResponseSchema,
    async (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const op = request.action?.op;
      if (op === undefined) throw invalidParameter("action is nil in alter schema task");
      switch (op.case) {
        case "addRequest":
          await addField(collection, op.value);
          break;
        case "dropRequest":
          await dropField(collection, op.value);
          break;
        default:
          throw invalidParameter("unknown action type in alter collection schema request");
      }
      return { alterStatus: {} };
    },
  ),
  AlterCollectionField: method(
    AlterCollectionFieldRequestSchema,
    StatusSchema,
    async (request, call) => {
      const collection = call.database.collection(request.collectionName, call.databaseName);
      const set = new Map(
        [...toMap(request.properties)].map(([key, value]) => [renamed(key), value]),
      );
      const remove = request.deleteKeys.map(renamed);
      refuseWhileLoaded(collection, set, remove);
      await collection.alterField(request.fieldName, fieldChangeOf(request.fieldName, set, remove));
      return {};
    },
  ),
};

async function addField(
  collection: Collection,
  { fieldInfos, funcSchema }: AlterCollectionSchemaRequest_AddRequest,
): Promise<void> {
  refuseFunctions(funcSchema);
  const [info] = fieldInfos;
  if (fieldInfos.length !== 1 || info.fieldSchema === undefined) {
    throw invalidParameter("exactly one field can be added at a time");
  }
  const timeZone = collection.properties[timeZoneProperty];
  await collection.addField(fieldFromWire(info.fieldSchema, timeZone));
}

async function dropField(
  collection: Collection,
  { identifier }: AlterCollectionSchemaRequest_DropRequest,
): Promise<void> {
  switch (identifier.case) {
    case "fieldName":
      return collection.dropField(identifier.value);
    case "fieldId":
      return collection.dropField(nameOfId(collection, identifier.value));
    case "functionName":
      throw invalidParameter(`function not found: ${identifier.value}`);
    default:
      throw new MilvusError("parameterMissing", {
        message: "drop request must specify field_name, field_id, or function_name",
      });
  }
}

/** Fields and structs have their ids from one range. */
function nameOfId({ schema }: Collection, id: bigint): string {
  const found = [...schema.fields, ...(schema.structs ?? [])].find(
    (item) => BigInt(item.id) === id,
  );
  if (found === undefined) throw invalidParameter(`field not found with id: ${id}`);
  return found.name;
}

/** Older clients write it so. */
function renamed(key: string): string {
  return key === "mmap_enabled" ? "mmap.enabled" : key;
}

const changesOfPlace = ["mmap.enabled", "warmup"];

function refuseWhileLoaded(
  collection: Collection,
  set: ReadonlyMap<string, string>,
  remove: readonly string[],
): void {
  if (collection.loadState === "not-loaded") return;
  const message = changesOfPlace.some((key) => set.has(key))
    ? `can not alter ${set.has("mmap.enabled") ? "collection field properties" : "warmup"} if collection loaded`
    : changesOfPlace.some((key) => remove.includes(key))
      ? "can not drop collection field properties if collection loaded"
      : undefined;
  if (message === undefined) return;
  throw new MilvusError("collectionLoaded", { message, fields: { collection: collection.name } });
}

function fieldChangeOf(
  field: string,
  set: ReadonlyMap<string, string>,
  remove: readonly string[],
): FieldChange {
  const params: Record<string, string> = {};
  let change: FieldChange = { params, droppedParams: remove };
  for (const [key, value] of set) {
    switch (key) {
      case "max_length":
        change = {
          ...change,
          maxLength: integer(value, `${key} should be an integer, but got string`),
        };
        break;
      case "max_capacity":
        change = {
          ...change,
          maxCapacity: integer(value, `the value for ${key} of field ${field} must be an integer`),
        };
        break;
      case "field.description":
        change = { ...change, description: value };
        break;
      case "enable_analyzer":
      case "analyzer_params":
        throw unsupported(`${key} of field ${field}`);
      default:
        checkParameter(key, value);
        params[key] = value;
    }
  }
  return change;
}

function integer(text: string, rule: string): number {
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw invalidParameter(rule);
}

function checkParameter(key: string, value: string): void {
  if (key === "mmap.enabled" && !isBoolean(value)) {
    throw invalidParameter(`invalid mmap.enabled value: ${value}, expected: true, false`);
  }
  if (key === "warmup" && value !== "disable" && value !== "sync") {
    throw invalidParameter(`invalid warmup policy: ${value}, must be 'disable' or 'sync'`);
  }
}
