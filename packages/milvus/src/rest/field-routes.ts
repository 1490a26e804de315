import { invalidParameter } from "../errors.ts";
import {
  anything,
  bodyShape,
  int64Of,
  nested,
  optional,
  record,
  required,
  text,
} from "./body-shape.ts";
import {
  fieldOf,
  fieldShape,
  functionOf,
  functionShape,
  structOf,
  structShape,
} from "./field-schema.ts";
import { extraParamsOf, indexParam } from "./index-routes.ts";
import { pairsOf } from "./loose-text.ts";
import { done, type RestRoute, route } from "./rest-route.ts";

const named = { dbName: text(), collectionName: required(text()) };

/** Changes of a collection's fields and functions. */
export const fieldRoutes: readonly RestRoute[] = [
  route({
    path: "/collections/fields/alter_properties",
    method: "alterCollectionField",
    summary: "Sets parameters of a field",
    body: bodyShape("CollectionFieldReqWithParams", {
      ...named,
      fieldName: required(text()),
      fieldParams: record(),
    }),
    run: async ({ collectionName, fieldName, fieldParams }, call) => {
      const dbName = call.databaseName;
      const properties = pairsOf(fieldParams);
      await call.invoke("alterCollectionField", { dbName, collectionName, fieldName, properties });
      return done;
    },
  }),
  route({
    path: "/collections/fields/add",
    method: "alterCollectionSchema",
    summary: "Adds a field",
    body: bodyShape("CollectionFieldReqWithSchema", { ...named, schema: nested(fieldShape) }),
    run: async ({ collectionName, schema }, call) => {
      if (schema.dataType === "ArrayOfStruct" || schema.elementDataType === "Struct") {
        throw invalidParameter(
          "StructArray field must be added through /v2/vectordb/collections/struct_fields/add",
        );
      }
      await call.invoke("alterCollectionSchema", {
        dbName: call.databaseName,
        collectionName,
        action: {
          op: { case: "addRequest", value: { fieldInfos: [{ fieldSchema: fieldOf(schema) }] } },
        },
      });
      return done;
    },
  }),
  route({
    path: "/collections/fields/drop",
    method: "alterCollectionSchema",
    summary: "Drops a field, by its name or its id",
    body: bodyShape("CollectionDropField", { ...named, fieldName: text(), fieldId: anything() }),
    run: async ({ collectionName, fieldName, fieldId }, call) => {
      if ((fieldName !== "") === (fieldId !== null)) {
        throw invalidParameter("exactly one of fieldName or fieldId is required");
      }
      const id = int64Of(fieldId) ?? 0n;
      if (fieldName === "" && id <= 0n) throw invalidParameter("fieldId must be greater than 0");
      const identifier =
        fieldName === ""
          ? ({ case: "fieldId", value: id } as const)
          : ({ case: "fieldName", value: fieldName } as const);
      await call.invoke("alterCollectionSchema", {
        dbName: call.databaseName,
        collectionName,
        action: { op: { case: "dropRequest", value: { identifier } } },
      });
      return done;
    },
  }),
  route({
    path: "/collections/struct_fields/add",
    method: "addCollectionStructField",
    summary: "Adds an array of structs",
    body: bodyShape("CollectionFieldReqWithSchema", { ...named, schema: nested(structShape) }),
    run: async ({ collectionName, schema }, call) => {
      await call.invoke("addCollectionStructField", {
        dbName: call.databaseName,
        collectionName,
        structArrayFieldSchema: structOf(schema),
      });
      return done;
    },
  }),
  route({
    path: "/collections/add_function",
    method: "addCollectionFunction",
    summary: "Adds a function",
    body: bodyShape("CollectionAddFunction", { ...named, function: nested(functionShape) }),
    run: async ({ collectionName, function: added }, call) => {
      const dbName = call.databaseName;
      const functionSchema = functionOf(added);
      await call.invoke("addCollectionFunction", { dbName, collectionName, functionSchema });
      return done;
    },
  }),
  route({
    path: "/collections/alter_function",
    method: "alterCollectionFunction",
    summary: "Changes a function",
    body: bodyShape("CollectionAlterFunction", {
      ...named,
      functionName: required(text()),
      function: nested(functionShape),
    }),
    run: async ({ collectionName, functionName, function: changed }, call) => {
      const dbName = call.databaseName;
      const functionSchema = functionOf(changed);
      await call.invoke("alterCollectionFunction", {
        dbName,
        collectionName,
        functionName,
        functionSchema,
      });
      return done;
    },
  }),
  route({
    path: "/collections/drop_function",
    method: "dropCollectionFunction",
    summary: "Drops a function",
    body: bodyShape("CollectionDropFunction", { ...named, functionName: required(text()) }),
    run: async ({ collectionName, functionName }, call) => {
      const dbName = call.databaseName;
      await call.invoke("dropCollectionFunction", { dbName, collectionName, functionName });
      return done;
    },
  }),
  route({
    path: "/collections/add_function_field",
    method: "alterCollectionSchema",
    summary: "Adds a function, the field of its output and that field's index",
    body: bodyShape("CollectionAddFunctionField", {
      ...named,
      function: nested(functionShape),
      outputField: nested(fieldShape),
      indexParams: optional(indexParam),
    }),
    run: async ({ collectionName, function: added, outputField, indexParams }, call) => {
      if (indexParams !== undefined && indexParams.fieldName !== outputField.fieldName) {
        throw invalidParameter(
          `indexParams.fieldName "${indexParams.fieldName}" must match ` +
            `outputField.fieldName "${outputField.fieldName}"`,
        );
      }
      const info = {
        fieldSchema: fieldOf(outputField),
        indexName: indexParams?.indexName ?? "",
        extraParams: indexParams === undefined ? [] : extraParamsOf(indexParams),
      };
      await call.invoke("alterCollectionSchema", {
        dbName: call.databaseName,
        collectionName,
        action: {
          op: {
            case: "addRequest",
            value: { fieldInfos: [info], funcSchema: [functionOf(added)] },
          },
        },
      });
      return done;
    },
  }),
  route({
    path: "/collections/drop_function_field",
    method: "alterCollectionSchema",
    summary: "Drops a function and the field of its output",
    body: bodyShape("CollectionDropFunctionField", { ...named, functionName: required(text()) }),
    run: async ({ collectionName, functionName }, call) => {
      const identifier = { case: "functionName", value: functionName } as const;
      await call.invoke("alterCollectionSchema", {
        dbName: call.databaseName,
        collectionName,
        action: {
          op: { case: "dropRequest", value: { identifier, dropFunctionOutputFields: true } },
        },
      });
      return done;
    },
  }),
];
